package tell

import (
	"strings"
	"testing"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"golang.org/x/sys/windows"
)

func TestFill(t *testing.T) {
	var field [6]uint16
	fill(field[:], "abcde")
	assert.Equal(t, "abcde", windows.UTF16ToString(field[:]))
	fill(field[:], strings.Repeat("x", 300))
	assert.Equal(t, "xxxx…", windows.UTF16ToString(field[:]))
	field = [6]uint16{}
	fill(field[:], "abc😀def")
	assert.Equal(t, "abc…", windows.UTF16ToString(field[:]), "no half characters")
}

// Windows knows the structure by its size.
func TestIconData(t *testing.T) {
	want := uintptr(976)
	if unsafe.Sizeof(uintptr(0)) == 4 {
		want = 956
	}
	assert.Equal(t, want, unsafe.Sizeof(iconData{}))
}
