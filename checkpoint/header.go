package checkpoint

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"
	"unicode/utf8"
)

// What a header may cost: with both limits, at most some 60 MB, whatever is in it.
const (
	maxHeader  = 16_000_000  // bytes
	formatMost = 100_000_000 // bytes, what the format allows
	maxNames   = 50_000      // tensors in a file, and lines of metadata
	leastEntry = 50          // bytes of a tensor in the header: {"":{"dtype":"F32","shape":[],"data_offsets":[0,0]}}
)

// parseHeader reads the JSON object of a header token by token: that shows names that come twice, which encoding/json
// would merge, and nothing nests deeper than the format does.
func parseHeader(header []byte) ([]entry, map[string]string, error) {
	if len(header) == 0 || header[0] != '{' || !utf8.Valid(header) {
		return nil, nil, damaged("the header is no JSON object in UTF-8 (is this a safetensors file?)")
	}
	p := parser{scanner: scanner{text: header}, fields: map[string]bool{}}
	var meta map[string]string
	entries := make([]entry, 0, min(len(header)/leastEntry, maxNames))
	err := p.object(place{format: "header"}, map[string]bool{}, func(name string) (err error) {
		if name == metadataKey {
			meta, err = p.metadata()
			return err
		}
		if len(entries) == maxNames {
			return fmt.Errorf("header: more than %d tensors, which are as many as are read: split the file", maxNames)
		}
		e, err := p.entry(name)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if rest := header[p.at:]; len(bytes.TrimLeft(rest, " ")) > 0 {
		return nil, nil, damaged("the header goes on after its JSON object")
	}
	return entries, meta, nil
}

type parser struct {
	scanner
	fields map[string]bool // those of the tensor that is read
	sizes  [maxRank]int    // as they are read
}

// place is where in the header something is. It becomes a text only in an error.
type place struct{ format, name string }

func (p place) String() string {
	if !strings.Contains(p.format, "%") {
		return p.format
	}
	return fmt.Sprintf(p.format, p.name)
}

// list reads what lies between two brackets, each element through element.
func (p *parser) list(what place, name string, start, end byte, element func() error) error {
	t, err := p.next(what)
	if err != nil {
		return err
	}
	if !t.is(start) {
		return damaged("%s: %s where an %s should start", what, t, name)
	}
	if t, err = p.peek(what); err != nil || t.is(end) {
		_, err = p.next(what)
		return err
	}
	for {
		if err := element(); err != nil {
			return err
		}
		switch t, err = p.next(what); {
		case err != nil:
			return err
		case t.is(end):
			return nil
		case !t.is(','):
			return damaged("%s: %s where a comma should be", what, t)
		}
	}
}

// object reads a whole object, each value through member. No name may come twice: seen is empty, and keeps them.
func (p *parser) object(what place, seen map[string]bool, member func(name string) error) error {
	return p.list(what, "object", '{', '}', func() error {
		name, err := p.string(what)
		if err != nil {
			return err
		}
		if seen[name] {
			return damaged("%s: %.80q comes twice", what, name)
		}
		seen[name] = true
		colon, err := p.next(what)
		if err != nil {
			return err
		}
		if !colon.is(':') {
			return damaged("%s: %s where a colon should be", what, colon)
		}
		return member(name)
	})
}

// metadata reads texts by name, or null, which is none.
func (p *parser) metadata() (map[string]string, error) {
	what := place{format: "metadata"}
	if t, err := p.peek(what); err == nil && string(t) == "null" {
		_, err = p.next(what)
		return nil, err
	}
	meta := map[string]string{}
	err := p.object(what, map[string]bool{}, func(name string) (err error) {
		if len(meta) == maxNames {
			return fmt.Errorf("metadata: more than %d lines, which are as many as are read: leave some out", maxNames)
		}
		meta[name], err = p.string(place{"metadata %.80q", name})
		return err
	})
	return meta, err
}

func (p *parser) entry(name string) (entry, error) {
	e := entry{name: name}
	what := place{"tensor %.80q", name}
	clear(p.fields)
	err := p.object(what, p.fields, func(field string) (err error) {
		switch field {
		case "dtype":
			e.dtype, err = p.string(what)
		case "shape":
			e.shape, err = p.integers(place{"tensor %.80q, shape", name}, maxRank)
		case "data_offsets":
			var offsets []int
			offsets, err = p.integers(place{"tensor %.80q, data_offsets", name}, 2)
			if err == nil && len(offsets) != 2 {
				err = damaged("%s: %d data_offsets instead of 2", what, len(offsets))
			}
			if err == nil {
				e.start, e.end = offsets[0], offsets[1]
			}
		default:
			err = damaged("%s: a field %.80q, which the format does not know", what, field)
		}
		return err
	})
	switch {
	case err != nil:
		return entry{}, err
	case len(p.fields) != 3:
		return entry{}, damaged("%s: %d of the fields dtype, shape and data_offsets", what, len(p.fields))
	case dtypes[e.dtype].size == 0:
		return entry{}, fmt.Errorf("%s: elements of type %q, only F32, F64, F16, BF16 and I64 are read; convert the file", what, e.dtype)
	}
	return e, nil
}

// string reads a text.
func (p *parser) string(what place) (string, error) {
	t, err := p.next(what)
	if err != nil {
		return "", err
	}
	if !t.is('"') {
		return "", damaged("%s: %s where a text should be", what, t)
	}
	s, err := t.value()
	if err != nil {
		return "", damaged("%s: %v in the JSON of the header", what, err)
	}
	return s, nil
}

// integers reads an array of at most limit integers, none negative.
func (p *parser) integers(what place, limit int) ([]int, error) {
	list := p.sizes[:0]
	err := p.list(what, "array", '[', ']', func() error {
		t, err := p.next(what)
		if err != nil {
			return err
		}
		n, err := strconv.ParseUint(string(t[:min(len(t), 21)]), 10, strconv.IntSize-1) // 21 digits are too many
		if err != nil || t.is('0') && len(t) > 1 {
			return damaged("%s: %s is no size", what, t)
		}
		if len(list) == limit {
			return damaged("%s: more than %d numbers", what, limit)
		}
		list = append(list, int(n))
		return nil
	})
	if err != nil {
		return nil, err
	}
	return append(make([]int, 0, len(list)), list...), nil
}
