package bot

import (
	"context"
	"fmt"

	"mcos/protocol/mcots"
	"mcos/protocol/nps"
)

// dealers is how many dealers are asked for a second car.
const dealers = 8

// becomeSomebody picks or makes the persona and selects it.
func (p *play) becomeSomebody(ctx context.Context) error {
	var record *nps.PersonaRecord
	err := p.step(ctx, "personas", func(ctx context.Context) (string, error) {
		list, err := p.Client.Personas(ctx)
		if err != nil {
			return "", err
		}
		record = p.script.pick(list)
		return fmt.Sprintf("%d of at most %d", len(list.Personas), list.Limit), nil
	})
	if err != nil {
		return err
	}
	if record == nil {
		if record, err = p.create(ctx); err != nil {
			return err
		}
	}
	p.sum.Persona, p.sum.PersonaID = record.Name, record.Persona
	return p.step(ctx, "select persona", func(ctx context.Context) (string, error) {
		return fmt.Sprintf("persona %d %q", record.Persona, record.Name), p.Client.Select(ctx, *record)
	})
}

// create makes a persona as the dialog does, and ends the dialog as it was recorded: the new persona buys its car, sends plate
// and look and logs out, before it is selected (mcots-1 6.1).
func (p *play) create(ctx context.Context) (*nps.PersonaRecord, error) {
	name := p.script.personaName()
	if p.script.Plate == "" {
		p.script.Plate = newPlate
	}
	var made *nps.GamePersonaBody
	var record *nps.PersonaRecord
	err := p.steps(ctx,
		namedStep{"validate name", func(ctx context.Context) (string, error) { return name, p.Client.ValidateName(ctx, name) }},
		namedStep{"check plate", func(ctx context.Context) (string, error) {
			return p.script.Plate, p.Client.CheckPlate(ctx, p.script.Plate)
		}},
		namedStep{"starter cars", p.chooseStarter},
		namedStep{"create persona", func(ctx context.Context) (_ string, err error) {
			if made, err = p.Client.CreatePersona(ctx, name); err != nil {
				return "", err
			}
			return fmt.Sprintf("persona %d", made.Persona), nil
		}},
		namedStep{"personas again", func(ctx context.Context) (string, error) {
			list, err := p.Client.Personas(ctx)
			if err != nil {
				return "", err
			}
			for i := range list.Personas {
				if list.Personas[i].Persona == made.Persona {
					record = &list.Personas[i]
					return fmt.Sprintf("%d of at most %d", len(list.Personas), list.Limit), nil
				}
			}
			return "", &Error{Step: "list personas", Err: fmt.Errorf("%w: the new persona %d is not in the list", ErrMalformed, made.Persona)}
		}},
		namedStep{"transactions of the new driver", func(ctx context.Context) (string, error) { return p.becomeDriver(ctx, *record) }},
		namedStep{"first login", p.buyStarter},
		namedStep{"plate and look", p.dress},
		namedStep{"end of the dialog", func(ctx context.Context) (string, error) {
			t := p.Transactions
			p.Transactions = nil
			return "", t.Logout(ctx)
		}},
	)
	p.sum.Created = err == nil
	return record, err
}

// becomeDriver connects as the new persona: on the connection that was asked for the starter cars or on another one.
func (p *play) becomeDriver(ctx context.Context, record nps.PersonaRecord) (string, error) {
	d := p.dialog
	p.dialog = nil
	if p.Client.random.IntN(2) == 0 {
		d.Close()
		var err error
		if d, err = p.Client.Dialog(ctx); err != nil {
			return "", err
		}
	}
	t, err := d.Connect(ctx, record)
	if err != nil {
		return "", err
	}
	p.Transactions = t
	p.watch.follow(t.Events())
	return t.Where(), nil
}

// buyStarter logs in for the first time, which buys the car.
func (p *play) buyStarter(ctx context.Context) (string, error) {
	if _, err := p.Transactions.Login(ctx, p.starter); err != nil {
		return "", err
	}
	return fmt.Sprintf("starter car %d in skin %d", p.starter.BrandedPart, p.starter.Skin), nil
}

func (p *play) chooseStarter(ctx context.Context) (string, error) {
	var err error
	if p.dialog, err = p.Client.Dialog(ctx); err != nil {
		return "", err
	}
	stock, err := p.dialog.StarterCars(ctx)
	if err != nil {
		return "", err
	}
	want := p.script.Starter
	if want.Dealer == 0 {
		want.Dealer = stock.DealerID
	}
	car, price, err := choose(stock.Cars, want, p.Client.random)
	if err != nil {
		return "", &Error{Step: "choose the starter car", Err: err}
	}
	p.starter = &car
	return fmt.Sprintf("%d offered, chosen %d in skin %d for %d of %d", len(stock.Cars), car.BrandedPart, car.Skin, price, stock.StarterCash), nil
}

// dress sends plate and look of a new persona (mcots-1 6.1).
func (p *play) dress(ctx context.Context) (string, error) {
	if err := p.Transactions.SetOptions(ctx, mcots.SetOptions{PlateCode: newPlateCode, PlateText: p.script.Plate}); err != nil {
		return "", err
	}
	look := drawLook(p.Client.random)
	look.PlayerID = p.Transactions.persona.Persona
	p.look = &look
	return p.script.Plate, p.Transactions.SetLook(ctx, look)
}

// buyCar buys the second car and reads again what the purchase changes (mcots-1 5.8).
func (p *play) buyCar(ctx context.Context) (string, error) {
	car, price, err := p.findCar(ctx, *p.script.SecondCar)
	if err != nil {
		return "", err
	}
	before := p.sum.Balance
	vehicle, err := p.Transactions.BuyCar(ctx, car)
	if err != nil {
		return "", err
	}
	if p.Home.Vehicles, err = p.Transactions.Vehicles(ctx); err != nil {
		return "", err
	}
	if p.Home.Car == nil && len(p.Home.Vehicles) > 0 {
		if p.Home.Car, err = p.Transactions.Vehicle(ctx, p.Home.Vehicles[0].VehicleID); err != nil {
			return "", err
		}
	}
	if _, err = p.cars(ctx); err != nil {
		return "", err
	}
	player, err := p.Transactions.Player(ctx, p.sum.PersonaID)
	if err != nil {
		return "", err
	}
	p.Home.Player, p.sum.Balance = *player, player.BankBalance
	if before-player.BankBalance != price {
		return "", fmt.Errorf("%w: the balance went from %d to %d for a car of %d", ErrMalformed, before, player.BankBalance, price)
	}
	return fmt.Sprintf("vehicle %d for %d from dealer %d", vehicle, price, car.Dealer), nil
}

// findCar looks for a car at the wanted dealer, or at all of them.
func (p *play) findCar(ctx context.Context, want Car) (Car, uint32, error) {
	first, last := want.Dealer, want.Dealer
	if want.Dealer == 0 {
		first, last = 1, dealers
	}
	var car Car
	var price uint32
	var err error
	for want.Dealer = first; want.Dealer <= last; want.Dealer++ {
		var stock *mcots.StockCars
		if stock, err = p.Transactions.StockCars(ctx, want.Dealer, 0); err != nil {
			return car, 0, err
		}
		if car, price, err = choose(stock.Cars, want, p.Client.random); err == nil {
			return car, price, nil
		}
	}
	return car, 0, &Error{Step: "find a car", Err: err}
}
