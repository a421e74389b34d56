package data

import (
	"fmt"
	"image"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var pictureEndings = []string{".png", ".jpg", ".jpeg"}

// isPictures: a folder with folders in it.
func isPictures(path string, inside []string) bool {
	return slices.ContainsFunc(inside, func(name string) bool { return isFolder(filepath.Join(path, name)) })
}

func isFolder(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.IsDir() && !strings.HasPrefix(filepath.Base(path), ".")
}

// readPictures reads a folder with a folder for each class, or with such folders in train and test; or one to train on and one to test on.
func readPictures(paths []string, o *OpenOptions) (s *samples, err error) {
	s = &samples{classes: newDictionary()}
	if o.Regression {
		return s, fmt.Errorf("%s: pictures in a folder for each class: that is classification", paths[0])
	}
	if train, test := filepath.Join(paths[0], "train"), filepath.Join(paths[0], "test"); isFolder(train) && isFolder(test) {
		if len(paths) > 1 {
			return s, fmt.Errorf("%s: it has %s to test on: name no other test samples", paths[0], test)
		}
		paths = []string{train, test}
	}
	for i, path := range paths {
		if err := s.addPictures(path, o); err != nil {
			return s, err
		}
		if s.store == nil || i > 0 && s.store.n == s.train {
			return s, fmt.Errorf("%s: there are no PNG or JPEG pictures in its folders, one for each class", path)
		}
		if i == 0 {
			s.train = s.store.n
		}
	}
	return s, nil
}

// addPictures adds the pictures of the folders of a folder, class by class.
func (s *samples) addPictures(dir string, o *OpenOptions) error {
	classes, err := os.ReadDir(dir)
	if err != nil {
		return fmt.Errorf("%v; make the folder readable", err)
	}
	for _, class := range classes {
		folder := filepath.Join(dir, class.Name())
		if !isFolder(folder) {
			continue
		}
		files, err := os.ReadDir(folder)
		if err != nil {
			return fmt.Errorf("%v; make the folder readable", err)
		}
		for _, file := range files {
			if name := file.Name(); !strings.HasPrefix(name, ".") && slices.Contains(pictureEndings, strings.ToLower(filepath.Ext(name))) {
				if err := s.addPicture(filepath.Join(folder, name), class.Name(), o); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *samples) addPicture(path, class string, o *OpenOptions) error {
	picture, err := openPicture(path)
	if err != nil {
		return err
	}
	if s.store == nil {
		size := sizeOf(picture)
		switch {
		case o.Like != nil && o.Like.Image != nil:
			size = *o.Like.Image
		case o.Image != nil:
			size = *o.Image
		}
		p := ofImages(size.Channels, size.Height, size.Width)
		if err := p.Check(); err != nil {
			return fmt.Errorf("%s: %w: choose a size that they are scaled to (-image)", path, err)
		}
		s.divisor, s.shape, s.layout = p.Divisor, []int{size.Channels, size.Height, size.Width}, layout{width: size.Size(), bytes: 1, targets: 1}
		s.store = o.newStore(s.size())
	}
	record := make([]byte, s.size())
	Image{s.shape[0], s.shape[1], s.shape[2]}.Bytes(record[:s.width], picture)
	number := s.classes.number(class)
	if number >= mostClasses {
		return fmt.Errorf("%s: more than %d folders are no classes", path, mostClasses)
	}
	s.putTarget(record, 0, float64(number))
	return s.store.add(record)
}

func openPicture(path string) (image.Image, error) {
	f, size, err := openSized(path)
	if err != nil {
		return nil, fmt.Errorf("%v; make the file readable", err)
	}
	defer f.Close()
	return DecodePicture(f, path, size)
}
