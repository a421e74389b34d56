package checkpoint

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
)

// scanner reads JSON token by token where it lies: nothing is set aside but the texts that are kept. encoding/json takes
// hundreds of bytes for a token.
type scanner struct {
	text []byte
	at   int
}

// A token is a brace, a bracket, a colon, a comma, a text with its quotes, or a number or word, whose form is looked at where it
// is used. It lies in the header.
type token []byte

// next reads a token; what names the place for the error.
func (s *scanner) next(what place) (token, error) {
	for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
		s.at++
	}
	n, err := measure(s.text[s.at:])
	if err != nil {
		return nil, damaged("%s: %v in the JSON of the header", what, err)
	}
	t := token(s.text[s.at : s.at+n])
	s.at += n
	return t, nil
}

// peek is the next token, which is not taken.
func (s *scanner) peek(what place) (token, error) {
	at := s.at
	t, err := s.next(what)
	s.at = at
	return t, err
}

// measure is the length of the token at the start of b.
func measure(b []byte) (int, error) {
	switch {
	case len(b) == 0:
		return 0, io.EOF
	case strings.IndexByte("{}[]:,", b[0]) >= 0:
		return 1, nil
	case b[0] == '"':
		return quoted(b)
	}
	n := 0
	for n < len(b) && (b[n] == '-' || b[n] == '+' || b[n] == '.' || '0' <= b[n] && b[n] <= '9' || 'a' <= b[n]|0x20 && b[n]|0x20 <= 'z') {
		n++
	}
	if n == 0 {
		return 0, fmt.Errorf("invalid character %q", b[0])
	}
	return n, nil
}

// quoted is the length of the text at the start of b.
func quoted(b []byte) (int, error) {
	for i := 1; i < len(b); i++ {
		switch {
		case b[i] == '"':
			return i + 1, nil
		case b[i] < ' ':
			return 0, fmt.Errorf("invalid character %q in a text", b[i])
		case b[i] == '\\':
			i++
		}
	}
	return 0, io.ErrUnexpectedEOF
}

// is says whether the token is this brace, bracket, colon or comma.
func (t token) is(c byte) bool { return t[0] == c }

// value is the token's text without quotes and escapes.
func (t token) value() (string, error) {
	if !t.is('"') || bytes.IndexByte(t, '\\') < 0 {
		return string(bytes.Trim(t, `"`)), nil
	}
	var s string
	if json.Unmarshal(t, &s) != nil {
		return "", errors.New("an escape that is none")
	}
	return s, nil
}

// String is the token on one line, for errors. Of a long one, the start is looked at.
func (t token) String() string {
	head := t[:min(len(t), 1000)]
	s, err := head.value()
	if err != nil {
		s = string(head)
	}
	return fmt.Sprintf("%.80q", s)
}
