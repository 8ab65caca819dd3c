package main

import (
	"errors"
	"slices"

	"mcos/storage/catalog"
)

// cars are the cars of the base catalog: the three starter cars (104, 113, 402), the
// third one of 2001, which a recorded client chose (105), and cars of all three
// body classes for every car dealer.
var cars = []uint32{101, 104, 105, 108, 113, 120, 131, 132, 402}

// engines are complete engines, to have some of that shape too: the AMC 290 of
// car 131 and the Chevrolet 283 of car 113.
var engines = []uint32{36011, 36034}

// perGrade is the number of loose parts to take of each kind, engine family and
// grade.
const perGrade = 2

// choose returns the rows of the base catalog in the columns that a server needs
// to sell, drive, break and repair what is in it.
func choose(full catalog.Tables) (catalog.Tables, error) {
	c, err := catalog.Build(full)
	if err != nil {
		return catalog.Tables{}, err
	}
	parts := map[uint32]bool{}
	for _, id := range slices.Concat(cars, engines) {
		if err := addWithContents(c, parts, id); err != nil {
			return catalog.Tables{}, err
		}
	}
	addLoose(c, parts)
	return subset(full, parts), nil
}

// addWithContents adds a part and, level by level, everything that the stock
// assemblies say about it, so that no assembly is left half described.
func addWithContents(c *catalog.Catalog, parts map[uint32]bool, id uint32) error {
	if parts[id] {
		return nil
	}
	parts[id] = true
	stock, err := c.StockParts(id)
	if errors.Is(err, catalog.ErrNoStock) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, p := range stock {
		if err := addWithContents(c, parts, p.BrandedPart); err != nil {
			return err
		}
	}
	return nil
}

// addLoose adds parts that can be bought for the chosen cars: of every kind that
// fits any engine, or one of theirs, the first ones of each grade.
func addLoose(c *catalog.Catalog, parts map[uint32]bool) {
	families := map[uint16]bool{0: true}
	for id := range parts {
		p, _ := c.Part(id)
		families[p.Family] = true
	}
	taken := map[[3]uint32]int{}
	for _, id := range c.PartIDs() {
		p, _ := c.Part(id)
		if parts[id] || p.Price == 0 || p.Quantity == 0 || p.ParentAbstract == 0 || !families[p.Family] {
			continue
		}
		key := [3]uint32{p.Abstract, uint32(p.Family), uint32(p.Grade)}
		if taken[key] < perGrade {
			taken[key]++
			parts[id] = true
		}
	}
}

// subset keeps the rows that belong to the chosen branded parts.
func subset(full catalog.Tables, parts map[uint32]bool) catalog.Tables {
	partTypes, models, brands := map[uint32]bool{}, map[uint32]bool{}, map[uint32]bool{}
	t := catalog.Tables{AbstractTypes: full.AbstractTypes, AttachmentPoints: full.AttachmentPoints}
	for _, r := range full.BrandedParts {
		if parts[r.ID] {
			partTypes[r.PartType], models[r.Model] = true, true
			t.BrandedParts = append(t.BrandedParts, r)
		}
	}
	named := map[uint32]bool{} // models whose label is the only name of a part
	for _, r := range full.PartTypes {
		if partTypes[r.ID] {
			t.PartTypes = append(t.PartTypes, r)
		}
	}
	for _, r := range t.BrandedParts {
		i := slices.IndexFunc(t.PartTypes, func(p catalog.PartType) bool { return p.ID == r.PartType })
		named[r.Model] = named[r.Model] || t.PartTypes[i].Abstract == catalog.EngineType
	}
	for _, r := range full.Models {
		if !models[r.ID] {
			continue
		}
		r.Name = ""
		if !named[r.ID] {
			r.Label = ""
		}
		brands[r.Brand] = true
		t.Models = append(t.Models, r)
	}
	for _, r := range full.Brands {
		if brands[r.ID] {
			t.Brands = append(t.Brands, r)
		}
	}
	for _, r := range full.StockRows {
		if parts[r.Parent] && parts[r.Child] {
			t.StockRows = append(t.StockRows, r)
		}
	}
	for _, r := range full.Vehicles {
		if parts[r.BrandedPart] {
			t.Vehicles = append(t.Vehicles, r)
		}
	}
	for _, r := range full.Skins {
		if partTypes[r.PartType] {
			r.Name = ""
			t.Skins = append(t.Skins, r)
		}
	}
	return t
}
