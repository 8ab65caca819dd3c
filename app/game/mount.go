package game

import (
	"fmt"
	"slices"

	"mcos/storage"
	"mcos/storage/catalog"
)

// InstallPart mounts a loose part, with everything on it, on another part or on a
// car ("mcots-2 5.6"). point is the place there, 0 the default one; two parts of a
// kind cannot share one. Refusals: ErrNotOwner, ErrRoot, ErrMounted, ErrCycle,
// ErrNoFit, ErrTaken.
func (r *Rules) InstallPart(tx storage.Tx, persona, id, on, point uint32) error {
	if _, err := player(tx, persona); err != nil {
		return err
	}
	part, err := owned(tx, persona, id)
	if err != nil {
		return err
	}
	parent, err := owned(tx, persona, on)
	if err != nil {
		return err
	}
	switch {
	case part.Vehicle == part.ID:
		return fmt.Errorf("install part %d: %w", id, ErrRoot)
	case part.Parent != 0:
		return fmt.Errorf("install part %d, mounted on %d: %w", id, part.Parent, ErrMounted)
	}
	parts, err := tree(tx, part)
	if err != nil {
		return err
	}
	if slices.ContainsFunc(parts, func(p storage.Part) bool { return p.ID == on }) {
		return fmt.Errorf("install part %d on %d: %w", id, on, ErrCycle)
	}
	if err := r.fits(tx, part, parent, point); err != nil {
		return fmt.Errorf("install part %d on %d: %w", id, on, err)
	}
	parts[0].Parent, parts[0].Attachment = on, uint8(point)
	if err := carry(tx, parts, parent.Vehicle); err != nil {
		return err
	}
	return touch(tx, parent.Vehicle)
}

// fits checks that the part belongs on the parent and that its place there is
// free.
func (r *Rules) fits(tx storage.ReadTx, part, parent storage.Part, point uint32) error {
	c := r.catalog()
	known := func(p catalog.AttachmentPoint) bool { return uint32(p.ID) == point }
	if !slices.ContainsFunc(c.AttachmentPoints(), known) {
		return fmt.Errorf("%w: there is no attachment point %d", ErrNoFit, point)
	}
	siblings, err := mounted(tx, parent)
	if err != nil {
		return err
	}
	models := make([]uint32, len(siblings))
	for i, s := range siblings {
		models[i] = s.BrandedPart
	}
	if err := c.Fits(part.BrandedPart, parent.BrandedPart, models); err != nil {
		return err
	}
	item, _ := c.Part(part.BrandedPart)
	for _, s := range siblings {
		other, _ := c.Part(s.BrandedPart)
		if other.Abstract == item.Abstract && uint32(s.Attachment) == point {
			return fmt.Errorf("part %d is at point %d: %w", s.ID, point, ErrTaken)
		}
	}
	return nil
}

// RemovePart takes a part, with everything on it, off what it is mounted on; it is
// loose then ("mcots-2 5.6"). Refusals: ErrNotOwner, ErrRoot, ErrLoose,
// ErrInventoryFull.
func (r *Rules) RemovePart(tx storage.Tx, persona, id uint32) error {
	p, err := player(tx, persona)
	if err != nil {
		return err
	}
	part, err := owned(tx, persona, id)
	if err != nil {
		return err
	}
	switch {
	case part.Vehicle == part.ID:
		return fmt.Errorf("remove part %d: %w", id, ErrRoot)
	case part.Parent == 0:
		return fmt.Errorf("remove part %d: %w", id, ErrLoose)
	}
	if err := r.slot(tx, p); err != nil {
		return err
	}
	parts, err := tree(tx, part)
	if err != nil {
		return err
	}
	parts[0].Parent, parts[0].Attachment = 0, 0
	if err := carry(tx, parts, 0); err != nil {
		return err
	}
	return touch(tx, part.Vehicle)
}

// carry stores the parts of a tree, which now belong to the vehicle.
func carry(tx storage.Tx, parts []storage.Part, vehicle uint32) error {
	for _, part := range parts {
		part.Vehicle = vehicle
		if err := tx.PutPart(part); err != nil {
			return err
		}
	}
	return nil
}

// Assembly is a part with everything mounted on it: first the part itself, then
// what hangs on it, then what hangs on that, each level in id order ("mcots-2
// 5.3"). Anybody may look at
// the cars of a live persona, only the owner at loose parts (DECISIONS 24); the
// error wraps ErrNotOwner otherwise.
func (r *Rules) Assembly(tx storage.ReadTx, persona, root uint32) ([]storage.Part, error) {
	part, err := tx.Part(root)
	if err != nil {
		return nil, fmt.Errorf("part %d: %w", root, err)
	}
	if part.Owner != persona {
		if part.Vehicle == 0 {
			return nil, fmt.Errorf("loose part %d of persona %d: %w %d", root, part.Owner, ErrNotOwner, persona)
		}
		if _, err := player(tx, part.Owner); err != nil {
			return nil, err
		}
	}
	return tree(tx, part)
}

// tree returns a part and all parts below it, level by level, each in id order.
func tree(tx storage.ReadTx, root storage.Part) ([]storage.Part, error) {
	rest, err := kin(tx, root)
	if err != nil {
		return nil, err
	}
	parts := []storage.Part{root}
	for done := 0; done < len(parts); {
		level := map[uint32]bool{}
		for _, p := range parts[done:] {
			level[p.ID] = true
		}
		done = len(parts)
		var others []storage.Part
		for _, p := range rest {
			switch {
			case p.ID == root.ID: // a circle in a damaged store ends here
			case level[p.Parent]:
				parts = append(parts, p)
			default:
				others = append(others, p)
			}
		}
		rest = others
	}
	return parts, nil
}

// mounted returns the parts directly on a part.
func mounted(tx storage.ReadTx, on storage.Part) ([]storage.Part, error) {
	family, err := kin(tx, on)
	if err != nil {
		return nil, err
	}
	return slices.DeleteFunc(family, func(p storage.Part) bool { return p.Parent != on.ID }), nil
}

// kin returns all parts among which those below a part are: the parts of its car,
// or the loose ones of its owner.
func kin(tx storage.ReadTx, part storage.Part) ([]storage.Part, error) {
	if part.Vehicle != 0 {
		return tx.PartsOfVehicle(part.Vehicle)
	}
	return tx.LoosePartsOf(part.Owner)
}
