package pages

// navItem is one entry of the menu.
type navItem struct {
	Path, Name, Icon string
	Here             bool // the page that is shown belongs to it
}

// menu lists the pages in the order of the menu.
var menu = []navItem{
	{Path: homePath, Name: "Overview", Icon: "gauge"},
	{Path: "/players", Name: "Players", Icon: "people"},
	{Path: "/lobby", Name: "Lobby", Icon: "chat"},
	{Path: "/races", Name: "Races", Icon: "flag"},
	{Path: "/health", Name: "Health", Icon: "pulse"},
}

// nav is the menu with the entry of the page that is shown.
func nav(here string) []navItem {
	list := make([]navItem, len(menu))
	for i, item := range menu {
		item.Here = item.Path == here
		list[i] = item
	}
	return list
}
