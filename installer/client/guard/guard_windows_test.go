package guard

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/windows"
)

// TestProtected: Windows understands the rights that we give, and they pass our own check.
func TestProtected(t *testing.T) {
	look := func(rights string) error {
		sd, err := windows.SecurityDescriptorFromString(rights)
		require.NoError(t, err)
		owner, _, err := sd.Owner()
		require.NoError(t, err)
		dacl, _, err := sd.DACL()
		require.NoError(t, err)
		list, err := entries(dacl)
		require.NoError(t, err)
		require.NotEmpty(t, list)
		return judge(owner.String(), list)
	}
	require.NoError(t, look(protected))
	for _, rights := range []string{
		"O:WDD:(A;;FA;;;SY)",                           // everybody's
		"O:BAD:(A;;FA;;;BA)(A;;FW;;;BU)",               // users may write
		"O:BAD:(A;;FA;;;BA)(A;;WD;;;AU)",               // users may change the rights
		"O:BAD:AI(A;OICIID;FA;;;SY)(A;CIID;DCLC;;;BU)", // as ProgramData lets its folders have
	} {
		assert.ErrorIs(t, look(rights), ErrUntrusted, rights)
	}
}
