package schema

import (
	"errors"
	"net/netip"
	"time"
)

// sample has one setting of every kind.
type sample struct {
	Name   string        `yaml:"name" help:"What players see." min:"1" max:"20"`
	Motto  string        `yaml:"motto" help:"Shown below the name."`
	Race   sampleRace    `yaml:"race" help:"Races and what they pay."`
	Limits sampleLimits  `yaml:"limits" help:"What one address may do."`
	Quiet  bool          `yaml:"quiet" help:"Say nothing." ref:"nps-lobby-rooms 4.4"`
	Pause  time.Duration `yaml:"pause" help:"Time between two things." min:"1s" max:"1h"`
	Host   netip.Addr    `yaml:"host" help:"Address told to clients."`
	Token  string        `yaml:"token" help:"Opens everything." min:"4" secret:"true"`
	Hidden int           `yaml:"-"`
	inner  int
}

type sampleRace struct {
	MaxHumans int                `yaml:"max_humans" help:"How many people race together." values:"6|4" ref:"mcots-2 3.1"`
	Mode      string             `yaml:"mode" help:"How strict the referee is." values:"relaxed|strict"`
	Purses    []samplePurse      `yaml:"purses" help:"What the places win."`
	Factors   map[string]float64 `yaml:"factors" help:"Price factors by part." min:"0.5" max:"10"`
	Tracks    []string           `yaml:"tracks" help:"Tracks that are open."`
	Waits     []time.Duration    `yaml:"waits" help:"Countdown steps." max:"1m"`
}

type samplePurse struct {
	Place uint8       `yaml:"place" help:"The place." min:"1"`
	Share float32     `yaml:"share" help:"Part of the pot." unit:"percent" max:"100"`
	Extra sampleExtra `yaml:"extra" help:"On top."`
	Tags  []string    `yaml:"tags" help:"For statistics."`
}

type sampleExtra struct {
	Kind string `yaml:"kind" help:"What it is." values:"none|cash|points"`
}

type sampleLimits struct {
	Small int8                `yaml:"small" help:"A small number."`
	Count uint16              `yaml:"count" help:"A count." unit:"messages"`
	Big   uint64              `yaml:"big" help:"A big number."`
	Rate  float64             `yaml:"rate" help:"Messages each second." min:"0"`
	Ports map[string][]uint16 `yaml:"ports" help:"Ports by service."`
	Least int                 `yaml:"least" help:"Lower end."`
	Most  int                 `yaml:"most" help:"Upper end."`
}

func (l *sampleLimits) Check() error {
	if l.Least > l.Most {
		return errors.Join(errors.New("least is above most"), errors.New("nothing fits"))
	}
	return nil
}

// defaults returns the sample as a program would start it.
func defaults() *sample {
	return &sample{
		Name: "Motor City",
		Race: sampleRace{
			MaxHumans: 6,
			Mode:      "relaxed",
			Purses:    []samplePurse{{Place: 1, Share: 62.5, Extra: sampleExtra{"cash"}}},
			Factors:   map[string]float64{"engine": 1.5},
			Tracks:    []string{"mill", "bay"},
		},
		Limits: sampleLimits{Count: 7, Rate: 2.5, Most: 9},
		Pause:  90 * time.Second,
		Token:  "very secret",
	}
}
