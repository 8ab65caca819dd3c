package mcots

import "mcos/protocol/wire"

// Trades, clubs and ads. Their layouts are unknown; requests are refused with
// MsgFailed, but MsgAdCount may be answered with MsgSuccess (mcots-2 6).
var (
	// MsgTradeHost opens a trade.
	MsgTradeHost = unknown(wire.ToServer, 338, "MC_TW_HOST_SESSION", "mcots-2 6.1")
	// MsgTradeHosted gives the trade's id.
	MsgTradeHosted = unknown(wire.ToClient, 339, "MC_TW_SESSION_HOSTED", "mcots-2 6.1")
	// MsgTradeJoinRequest joins a trade; its direction is disputed.
	MsgTradeJoinRequest = unknown(wire.Both, 340, "MC_TW_JOIN_REQUEST", "mcots-2 6.1")
	// MsgTradeJoin is about joining a trade; its direction is disputed.
	MsgTradeJoin = unknown(wire.Both, 341, "MC_TW_JOIN_SESSION", "mcots-2 6.1")
	// MsgTradeRequestOfferChange changes the sender's offer.
	MsgTradeRequestOfferChange = unknown(wire.ToServer, 350, "MC_TW_REQUEST_OFFER_CHANGE", "mcots-2 6.1")
	// MsgTradeOfferChange tells both sides about a changed offer.
	MsgTradeOfferChange = unknown(wire.ToClient, 351, "MC_TW_OFFER_CHANGE", "mcots-2 6.1")
	// MsgClubInvitations asks for club invitations.
	MsgClubInvitations = unknown(wire.ToServer, 391, "MC_CLUB_GET_INVITATIONS", "mcots-2 6.3")
	// MsgAdCount asks for the number of classified ads.
	MsgAdCount = unknown(wire.ToServer, 490, "MC_CLASSIFIED_AD_GET_COUNT", "mcots-2 6.2")
)
