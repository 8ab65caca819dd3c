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
	{Path: "/traffic", Name: "Traffic", Icon: "wave"},
	{Path: "/sessions", Name: "Sessions", Icon: "tape"},
	{Path: "/setup", Name: "Setup", Icon: "plug"},
	{Path: "/health", Name: "Health", Icon: "pulse"},
	{Path: "/settings", Name: "Settings", Icon: "sliders"},
}

// nav is the menu with the entry of the page that is shown.
func (p *Pages) nav(here string) []navItem {
	var list []navItem
	for _, item := range menu {
		if p.has(item.Path) {
			item.Here = item.Path == here
			list = append(list, item)
		}
	}
	return list
}
