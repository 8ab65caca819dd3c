package mcots

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestArea(t *testing.T) {
	for number, want := range map[uint16]string{
		0: "", 242: "", 243: "events", 276: "events", 277: "", 310: "", 311: "badges", 313: "badges", 314: "",
		341: "", 342: "trade window", 349: "trade window", 350: "", 365: "clubs", 477: "clubs",
		478: "classified ads", 494: "classified ads", 495: "", 1079: "", 1080: "seasons and leagues", 1127: "seasons and leagues", 1128: "",
	} {
		assert.Equal(t, want, Area(number), "%d", number)
	}
}
