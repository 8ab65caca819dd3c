package catalog

import (
	"errors"
	"fmt"
)

// ErrNoFit says that a part cannot be mounted where it was asked to be.
var ErrNoFit = errors.New("catalog: part does not fit")

// Fits checks whether one branded part may be mounted on another: the parent must
// be of the kind that the child's kind hangs on, and a part of the engine must
// belong to the block family of the engine, or of the block among the parts
// already mounted there ("mcots-2 5.8", "data-model 3.5"). A block in turn must
// match the parts that wait for it. Family 0 matches everything. The error wraps
// ErrNoFit and says why.
func (c *Catalog) Fits(child, parent uint32, mounted []uint32) error {
	part, ok := c.Part(child)
	if !ok {
		return fmt.Errorf("%w: branded part %d is unknown", ErrNoFit, child)
	}
	on, ok := c.Part(parent)
	if !ok {
		return fmt.Errorf("%w: branded part %d is unknown", ErrNoFit, parent)
	}
	if part.ParentAbstract != on.Abstract {
		return fmt.Errorf("%w: %d of kind %d hangs on kind %d, not on %d of kind %d",
			ErrNoFit, child, part.Abstract, part.ParentAbstract, parent, on.Abstract)
	}
	if !part.BlockFamily || part.Family == 0 {
		return nil
	}
	if on.Family != 0 && on.Family != part.Family {
		return fmt.Errorf("%w: %d is of engine family %d, engine %d of %d", ErrNoFit, child, part.Family, parent, on.Family)
	}
	for _, id := range mounted {
		other, ok := c.Part(id)
		if !ok || !other.BlockFamily || other.Family == 0 || other.Family == part.Family {
			continue
		}
		if part.Abstract == BlockType || other.Abstract == BlockType {
			return fmt.Errorf("%w: %d is of engine family %d, %d on it of %d", ErrNoFit, child, part.Family, id, other.Family)
		}
	}
	return nil
}
