package checkpoint

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// parseHeader reads the JSON object of a header token by token: that shows names that come twice, which encoding/json
// would merge, and nothing nests deeper than the format does.
func parseHeader(header []byte) ([]entry, map[string]string, error) {
	if len(header) == 0 || header[0] != '{' || !utf8.Valid(header) {
		return nil, nil, damaged("the header is no JSON object in UTF-8 (is this a safetensors file?)")
	}
	p := parser{json.NewDecoder(bytes.NewReader(header))}
	p.UseNumber()
	var (
		entries []entry
		meta    map[string]string
	)
	err := p.object("header", func(name string) (err error) {
		if name == metadataKey {
			meta, err = p.metadata()
			return err
		}
		e, err := p.entry(name)
		entries = append(entries, e)
		return err
	})
	if err != nil {
		return nil, nil, err
	}
	if rest := header[p.InputOffset():]; len(bytes.TrimLeft(rest, " ")) > 0 {
		return nil, nil, damaged("the header goes on after its JSON object")
	}
	return entries, meta, nil
}

type parser struct{ *json.Decoder }

// next returns the next token; what names the place for the error.
func (p parser) next(what string) (json.Token, error) {
	token, err := p.Token()
	if err != nil {
		return nil, damaged("%s: %v in the JSON of the header", what, err)
	}
	return token, nil
}

// show prints a token on one line.
func show(token json.Token) string { return fmt.Sprintf("%.80q", fmt.Sprint(token)) }

// object reads a whole object, each value through member. No name may come twice.
func (p parser) object(what string, member func(name string) error) error {
	token, err := p.next(what)
	if err != nil {
		return err
	}
	if token != json.Delim('{') {
		return damaged("%s: %s where an object should start", what, show(token))
	}
	seen := map[string]bool{}
	for p.More() {
		token, err := p.next(what)
		if err != nil {
			return err
		}
		name, _ := token.(string) // the decoder lets nothing else be a name
		if seen[name] {
			return damaged("%s: %.80q comes twice", what, name)
		}
		seen[name] = true
		if err := member(name); err != nil {
			return err
		}
	}
	_, err = p.next(what)
	return err
}

func (p parser) metadata() (map[string]string, error) {
	meta := map[string]string{}
	err := p.object("metadata", func(name string) (err error) {
		meta[name], err = p.text(fmt.Sprintf("metadata %.80q", name))
		return err
	})
	return meta, err
}

func (p parser) entry(name string) (entry, error) {
	e := entry{name: name}
	what := fmt.Sprintf("tensor %.80q", name)
	fields := 0
	err := p.object(what, func(field string) (err error) {
		fields++
		switch field {
		case "dtype":
			e.dtype, err = p.text(what)
		case "shape":
			e.shape, err = p.integers(what+", shape", maxRank)
		case "data_offsets":
			var offsets []int
			offsets, err = p.integers(what+", data_offsets", 2)
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
	case fields != 3:
		return entry{}, damaged("%s: %d of the fields dtype, shape and data_offsets", what, fields)
	case elementSize[e.dtype] == 0:
		return entry{}, fmt.Errorf("%s: elements of type %q, only F32 and F64 are read; convert the file", what, e.dtype)
	}
	return e, nil
}

func (p parser) text(what string) (string, error) {
	token, err := p.next(what)
	if err != nil {
		return "", err
	}
	s, ok := token.(string)
	if !ok {
		return "", damaged("%s: %s where a text should be", what, show(token))
	}
	return s, nil
}

// integers reads an array of at most limit integers, none negative.
func (p parser) integers(what string, limit int) ([]int, error) {
	token, err := p.next(what)
	if err != nil {
		return nil, err
	}
	if token != json.Delim('[') {
		return nil, damaged("%s: %s where an array should start", what, show(token))
	}
	list := []int{}
	for p.More() {
		token, err := p.next(what)
		if err != nil {
			return nil, err
		}
		number, _ := token.(json.Number)
		n, err := strconv.ParseUint(number.String(), 10, strconv.IntSize-1)
		if err != nil {
			return nil, damaged("%s: %s is no size", what, show(token))
		}
		if len(list) == limit {
			return nil, damaged("%s: more than %d numbers", what, limit)
		}
		list = append(list, int(n))
	}
	_, err = p.next(what)
	return list, err
}
