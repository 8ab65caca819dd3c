package storage

// social checks the mailbox and the buddy list of every persona. All personas are
// known already.
func (c *checker) social() error {
	return c.tx.Personas(func(p Persona) error {
		mails, err := c.tx.MailsOf(p.ID)
		if err != nil {
			return err
		}
		for _, m := range mails {
			c.mail(p.ID, m)
		}
		buddies, err := c.tx.BuddiesOf(p.ID)
		if err != nil {
			return err
		}
		for _, b := range buddies {
			c.buddy(p.ID, b)
		}
		return nil
	})
}

// mail checks one mail of a mailbox.
func (c *checker) mail(box uint32, m Mail) {
	if m.To != box {
		c.report("mail %d: is listed for persona %d and belongs to %d", m.ID, box, m.To)
	}
	if len(m.Sender) > MaxMailSender || len(m.Title) > MaxMailTitle || len(m.Text) > MaxMailText {
		c.report("mail %d: texts of %d, %d and %d bytes, at most %d, %d and %d",
			m.ID, len(m.Sender), len(m.Title), len(m.Text), MaxMailSender, MaxMailTitle, MaxMailText)
	}
}

// buddy checks one entry of a buddy list.
func (c *checker) buddy(owner uint32, b Buddy) {
	switch {
	case b.Owner != owner:
		c.report("buddy %d: is listed for persona %d and belongs to %d", b.Persona, owner, b.Owner)
	case b.Persona == owner:
		c.report("buddy %d: is on its own list", owner)
	case !c.personas[b.Persona]:
		c.report("buddy %d of persona %d: does not exist", b.Persona, owner)
	}
}
