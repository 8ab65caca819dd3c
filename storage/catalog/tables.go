package catalog

// Abstract part types with a meaning of their own ("data-model 2.4").
const (
	// VehicleType is the abstract part type of a complete car.
	VehicleType = 101
	// EngineType is the abstract part type of an engine, named or generic.
	EngineType = 36001
	// BlockType is the abstract part type of an engine block.
	BlockType = 160001
)

// Skin types that count as plain factory paint ("data-model 2.11").
const (
	SkinTinted  = 1
	SkinStarter = 10
)

// Tables are the rows of a catalog, one slice per table of the game's database,
// in any order. A column that is NULL is 0 or "".
type Tables struct {
	Brands           []Brand
	Models           []Model
	AbstractTypes    []AbstractType
	PartTypes        []PartType
	BrandedParts     []BrandedPart
	AttachmentPoints []AttachmentPoint
	StockRows        []StockRow
	Vehicles         []VehicleAttributes
	Skins            []Skin
	// Players are the system players of the database. Those that every game
	// knows (SystemPlayers) need not be listed.
	Players []SystemPlayer
}

// Brand is a maker ("data-model 2.2").
type Brand struct {
	ID       uint32
	Name     string
	CarMaker bool
}

// Model is the display identity of a branded part ("data-model 2.3"). Name is
// the name without the maker; Label is the maker with the name, the best text
// for an engine.
type Model struct {
	ID    uint32
	Brand uint32
	Name  string
	Label string
}

// AbstractType is a kind of part ("data-model 2.4"). Parent is the kind it hangs
// below in a car, 0 for a kind that no stock car uses and for the car itself.
// BlockFamily says that parts of this kind must match the engine's block.
type AbstractType struct {
	ID             uint32
	Parent         uint32
	Name           string
	BlockFamily    bool
	KeepsStock     bool // changing such a part leaves a car stock
	Paired         bool // one unit is sold for two positions
	RepairModifier float64
	ScrapModifier  float64
	GarageCategory uint8 // 0 other, 1 power, 2 handling, 3 body
}

// PartType is a design of a part ("data-model 2.6").
type PartType struct {
	ID       uint32
	Abstract uint32
	Name     string
	Grade    uint8 // 0 none, 1 stock, 2 performance, 3 high performance, 4 racing
}

// BrandedPart is what a shop sells ("data-model 2.7"). Price is the list price in
// game dollars, 0 for cars and assemblies. MaxWear is the wear at which it is
// worn out. Family is the engine block family, 0 when independent of the engine.
type BrandedPart struct {
	ID       uint32
	PartType uint32
	Model    uint32
	Year     uint16
	Quantity uint32
	Price    uint32
	MaxWear  uint32
	Family   uint16
}

// AttachmentPoint is a position on the parent part ("data-model 2.1").
type AttachmentPoint struct {
	ID   uint8
	Name string
}

// StockRow says that a stock car, engine or assembly contains a part
// ("data-model 2.10"). Its key is the first three fields.
type StockRow struct {
	Parent     uint32
	Child      uint32
	Attachment uint8
	Config     uint8
	Physics    uint8
}

// VehicleAttributes describe a car as a whole ("data-model 2.8"). Class is the
// body class (0 none, 1 fat fender, 2 shoebox, 3 muscle), Mode restricts its use
// (0 none), Price is the new-car price in game dollars.
type VehicleAttributes struct {
	BrandedPart uint32
	Class       uint8
	AIClass     uint8
	Mode        uint8
	Sponsor     uint8
	VINBase     uint32
	VINCRC      int32
	Price       uint32
}

// Skin is a paint job that fits every car of one part type ("data-model 2.11").
// DefaultFlag becomes the flags of a car painted with it.
type Skin struct {
	ID          uint32
	PartType    uint32
	Type        uint8
	Price       uint32
	DefaultFlag uint32
	Name        string
}

// SystemPlayer is a dealer, service or computer driver ("data-model 2.13").
type SystemPlayer struct {
	ID   uint32
	Name string
}
