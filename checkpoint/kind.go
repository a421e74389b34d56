package checkpoint

import (
	"bytes"
	"fmt"
	"strings"
	"unicode/utf8"
)

// kind is a sort of file that people have where a safetensors file is wanted, known by how it starts.
type kind struct {
	is     string
	starts func(head []byte) bool
	do     string
}

// kinds are looked through in this order.
var kinds = []kind{
	{"a PyTorch file", zipOf("data.pkl"), "save the tensors again with safetensors.torch.save_file"},
	{"an npz file of NumPy", zipOf(".npy"), "save the arrays again with safetensors.numpy.save_file"},
	{"a zip archive", magic("PK\x03\x04"), "unpack it, or save the tensors again as safetensors"},
	{"an npy file of NumPy", magic("\x93NUMPY"), "save the array again with safetensors.numpy.save_file"},
	{"a Python pickle, such as an old PyTorch file", pickle, "save the tensors again with safetensors.torch.save_file"},
	{"an HDF5 file, such as one of Keras", magic("\x89HDF\r\n"), "save the arrays again with safetensors.numpy.save_file"},
	{"a GGUF file", magic("GGUF"), "save the tensors again as safetensors"},
	{"compressed (gzip)", magic("\x1f\x8b"), "unpack it with gunzip"},
	{"compressed (bzip2)", magic("BZh"), "unpack it with bunzip2"},
	{"compressed (xz)", magic("\xfd7zXZ"), "unpack it with unxz"},
	{"compressed (zstd)", magic("\x28\xb5\x2f\xfd"), "unpack it with unzstd"},
	{"a data set's IDX file", magic("\x00\x00\x08"), "name the file with the trained parameters"},
	{"a picture", magic("\x89PNG", "\xff\xd8\xff", "GIF8"), "name the file with the trained parameters"},
	{"a program", magic("\x7fELF", "MZ"), "name the file with the trained parameters"},
	{"a pointer of Git LFS", magic("version https://git-lfs"), "bring the file itself with git lfs pull"},
	{"an HTML page", html, "download the file itself: the address led to a page about it"},
	{"a JSON file", jsonText, "name the file with the trained parameters"},
	{"a text file", text, "name the file with the trained parameters"},
}

// headSize is how many bytes of a file tell its kind.
const headSize = 512

// foreign is the error of a file that starts as another kind does; nil where none is known. After the eight bytes of its
// length the header of a safetensors file starts with a brace.
func foreign(file []byte) error {
	head := file[:min(len(file), headSize)]
	if len(head) > 8 && head[8] == '{' && !text(head[:8]) {
		return nil
	}
	for _, k := range kinds {
		if k.starts(head) {
			return fmt.Errorf("it is %s, not a safetensors file: %s", k.is, k.do)
		}
	}
	return nil
}

func magic(starts ...string) func(head []byte) bool {
	return func(head []byte) bool {
		for _, s := range starts {
			if bytes.HasPrefix(head, []byte(s)) {
				return true
			}
		}
		return false
	}
}

// zipOf is a zip archive whose first file has this in its name.
func zipOf(name string) func(head []byte) bool {
	return func(head []byte) bool {
		return bytes.HasPrefix(head, []byte("PK\x03\x04")) && bytes.Contains(head, []byte(name))
	}
}

// pickle is one of protocol 2 to 5.
func pickle(head []byte) bool {
	return len(head) > 1 && head[0] == 0x80 && head[1] >= 2 && head[1] <= 5
}

func html(head []byte) bool {
	start := strings.ToLower(string(bytes.TrimSpace(head)))
	return strings.HasPrefix(start, "<!doctype html") || strings.HasPrefix(start, "<html")
}

func jsonText(head []byte) bool {
	start := bytes.TrimSpace(head)
	return text(head) && len(start) > 0 && (start[0] == '{' || start[0] == '[')
}

// text has no byte that a text does not have.
func text(head []byte) bool {
	if len(head) == 0 {
		return false
	}
	for len(head) > 0 {
		r, n := utf8.DecodeRune(head)
		if r == utf8.RuneError && n == 1 {
			return len(head) < utf8.UTFMax && !utf8.FullRune(head) // cut off in the middle
		}
		if r < ' ' && !strings.ContainsRune("\t\n\r\f", r) {
			return false
		}
		head = head[n:]
	}
	return true
}
