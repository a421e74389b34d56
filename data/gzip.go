package data

import (
	"bufio"
	"io"

	"github.com/klauspost/compress/gzip"
)

// members reads a gzip file as the command gzip does: its compressed members one after the other, and zeros to the end, with which
// what copies in whole blocks fills the last one. The library takes such zeros for a broken member.
type members struct {
	from *bufio.Reader
	z    *gzip.Reader
	err  error // stays: a caller that got all it asked for has not seen it
}

func newMembers(r io.Reader) (*members, error) {
	m := &members{from: bufio.NewReader(r), z: new(gzip.Reader)}
	return m, m.start()
}

// start reads the header of a member.
func (m *members) start() error {
	err := m.z.Reset(m.from)
	m.z.Multistream(false)
	return err
}

func (m *members) Read(p []byte) (int, error) {
	if m.err != nil {
		return 0, m.err
	}
	n, err := m.z.Read(p)
	if err == io.EOF {
		err = m.next()
	}
	m.err = err
	return n, err
}

// next goes on to the next member, or through the zeros to io.EOF.
func (m *members) next() error {
	for padded := false; ; padded = true {
		b, err := m.from.ReadByte()
		switch {
		case err != nil:
			return err
		case b == 0:
			continue
		case padded:
			return gzip.ErrHeader
		}
		if err := m.from.UnreadByte(); err != nil {
			return err
		}
		return m.start()
	}
}
