package bolt

import (
	"encoding/binary"
	"net/netip"

	"mcos/storage"
)

// bucketID numbers the buckets of the file.
type bucketID int

const (
	metaBucket bucketID = iota
	accountBucket
	personaBucket
	vehicleBucket
	partBucket
	ledgerBucket
	blobBucket
	raceBucket
	lobbyBestBucket
	mailBucket
	buddyBucket
	addressBanBucket
	inviteBucket

	accountNames    // folded name -> account
	personaNames    // folded name -> live persona
	accountPersonas // account, persona -> live persona
	ownerVehicles   // owner, vehicle -> vehicle
	vehicleParts    // vehicle, part -> part
	ownerLooseParts // owner, part -> part of no vehicle
	runningRaces    // race -> running race
	mailboxes       // persona, mail -> mail
	accountLooks    // looks of the name, account -> account
	personaLooks    // looks of the name, persona -> live persona

	bucketCount
)

// bucketNames are the names in the file. They never change; a migration is
// needed to add or drop one.
var bucketNames = [bucketCount][]byte{
	metaBucket:       []byte("meta"),
	accountBucket:    []byte("account"),
	personaBucket:    []byte("persona"),
	vehicleBucket:    []byte("vehicle"),
	partBucket:       []byte("part"),
	ledgerBucket:     []byte("ledger"),
	blobBucket:       []byte("blob"),
	raceBucket:       []byte("race"),
	lobbyBestBucket:  []byte("lobby-best"),
	mailBucket:       []byte("mail"),
	buddyBucket:      []byte("buddy"),
	addressBanBucket: []byte("address-ban"),
	inviteBucket:     []byte("invite"),
	accountNames:     []byte("account-by-name"),
	personaNames:     []byte("persona-by-name"),
	accountPersonas:  []byte("persona-by-account"),
	ownerVehicles:    []byte("vehicle-by-owner"),
	vehicleParts:     []byte("part-by-vehicle"),
	ownerLooseParts:  []byte("part-loose-by-owner"),
	runningRaces:     []byte("race-running"),
	mailboxes:        []byte("mail-by-persona"),
	accountLooks:     []byte("account-by-looks"),
	personaLooks:     []byte("persona-by-looks"),
}

func (b bucketID) String() string { return string(bucketNames[b]) }

// key32 is the key of a record: its id, big-endian, so that keys sort as ids do.
func key32(id uint32) []byte { return binary.BigEndian.AppendUint32(nil, id) }

// pairKey is the key of an index entry that lists a record under an owner.
func pairKey(owner, id uint32) []byte {
	return binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint32(make([]byte, 0, 8), owner), id)
}

// ledgerKey is the key of a ledger entry.
func ledgerKey(persona uint32, id uint64) []byte {
	return binary.BigEndian.AppendUint64(binary.BigEndian.AppendUint32(make([]byte, 0, 12), persona), id)
}

// networkKey is the key of a network: the address as 16 bytes and its length in
// bits, so that keys sort as addresses do.
func networkKey(network netip.Prefix) []byte {
	addr := network.Addr().As16()
	return append(addr[:], byte(network.Bits()))
}

// inviteKey is the key of an invite, after a byte that tells it from numbers.
func inviteKey(code string) []byte { return []byte("code:" + storage.FoldCode(code)) }

func be32(b []byte) uint32 { return binary.BigEndian.Uint32(b) }
func be64(b []byte) uint64 { return binary.BigEndian.Uint64(b) }
