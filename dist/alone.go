package dist

import (
	"fmt"
	"os"
)

// Alone is a group of this process only.
func Alone() Group { return alone{} }

type alone struct{}

func (alone) Rank() int                 { return 0 }
func (alone) Size() int                 { return 1 }
func (alone) Machine() (rank, size int) { return 0, 1 }
func (alone) String() string            { return "nothing: one process" }
func (alone) Barrier() error            { return nil }
func (alone) Lost() []int               { return nil }
func (alone) Abort(code int)            { os.Exit(code) }
func (alone) Close() error              { return nil }

func (alone) Sum(x any) (Operation, error) {
	return nothing{}, CheckNumbers(x)
}

func (alone) Exchange(peer int, _, _ any) (Operation, error) { return nil, errPeer(peer, 0, 1) }

func (alone) Broadcast(_ []byte, from int) error     { return CheckRank(from, 1) }
func (alone) BroadcastHere(_ []byte, from int) error { return CheckRank(from, 1) }

// nothing is done at once.
type nothing struct{}

func (nothing) Start() error        { return nil }
func (nothing) Done() (bool, error) { return true, nil }

// CheckNumbers is an error for what is no slice of numbers.
func CheckNumbers(x any) error {
	switch x.(type) {
	case []float32, []float64:
		return nil
	}
	return fmt.Errorf("dist: %T: want []float32 or []float64", x)
}

// CheckRank is an error for a number that no process has.
func CheckRank(rank, size int) error {
	if rank < 0 || rank >= size {
		return fmt.Errorf("dist: process %d of %d: they are numbered from 0", rank, size)
	}
	return nil
}

// CheckExchange is an error for what a process cannot exchange.
func CheckExchange(peer, rank, size int, send, receive any) error {
	if peer < 0 || peer >= size || peer == rank {
		return errPeer(peer, rank, size)
	}
	for _, x := range []any{send, receive} {
		if err := CheckNumbers(x); err != nil {
			return err
		}
	}
	if fmt.Sprintf("%T", send) != fmt.Sprintf("%T", receive) {
		return fmt.Errorf("dist: an exchange of %T for %T: want one type", send, receive)
	}
	return nil
}

func errPeer(peer, rank, size int) error {
	return fmt.Errorf("dist: process %d exchanges with process %d of %d: want another one", rank, peer, size)
}
