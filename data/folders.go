package data

import (
	"fmt"
	"strconv"
	"strings"
)

// isIDX: a folder with the images of a training set, as MNIST names them.
func isIDX(path string, inside []string) bool {
	for _, name := range inside {
		if strings.HasPrefix(name, "train-images") {
			return true
		}
	}
	return false
}

// asBytes leaves a whole folder of IDX files as bytes, unless something is to be made of them first; nil of others.
func asBytes(k *kind, path string, o *OpenOptions) (*Dataset, error) {
	if k.name != idxName || o.Test != "" || o.Split != 0 || o.Standardise || o.Regression || o.Like != nil && (o.Like.Mean != nil || o.Like.Divisor != 255) {
		return nil, nil
	}
	if _, err := find(path, testImages); err != nil {
		return nil, nil
	}
	return Load(path)
}

// readIDXFolders reads the images to train on of a folder, and those to test on where it has some, or those of another.
func readIDXFolders(paths []string, o *OpenOptions) (s *samples, err error) {
	s = &samples{classes: newDictionary(), divisor: 255}
	if o.Regression {
		return s, fmt.Errorf("%s: images with labels: that is classification", paths[0])
	}
	parts := [][2]string{{trainImages, trainLabels}, {testImages, testLabels}}
	for i, dir := range paths {
		for j, names := range parts {
			if _, err := find(dir, names[0]); err != nil && j > 0 {
				break
			}
			if j > 0 && len(paths) > 1 {
				return s, fmt.Errorf("%s: it has %s to test on: name no other test samples", dir, names[0])
			}
			if err := s.addIDX(dir, names, o); err != nil {
				return s, err
			}
			if i == 0 && j == 0 {
				s.train = s.store.n
			}
		}
	}
	return s, nil
}

// addIDX adds the images of one file with the labels of another.
func (s *samples) addIDX(dir string, names [2]string, o *OpenOptions) error {
	var parts [2]part
	for i, name := range names {
		path, err := find(dir, name)
		if err != nil {
			return err
		}
		array, err := readFile(path)
		if err != nil {
			return err
		}
		parts[i] = part{path, array}
	}
	images, labels := parts[0], parts[1]
	if err := together(images, labels); err != nil {
		return err
	}
	shape := []int{1, images.Dims[1], images.Dims[2]}
	if s.store == nil {
		s.shape, s.layout = shape, layout{width: shape[1] * shape[2], bytes: 1, targets: 1}
		s.store = o.newStore(s.size())
	}
	if s.shape[1] != shape[1] || s.shape[2] != shape[2] {
		return fmt.Errorf("%s: images of %dx%d pixels, those to train on have %dx%d", images.name, shape[1], shape[2], s.shape[1], s.shape[2])
	}
	record := make([]byte, s.size())
	for i, label := range labels.Data {
		copy(record, images.Data[i*s.width:(i+1)*s.width])
		name := strconv.Itoa(int(label))
		if int(label) < len(o.Classes) { // labels are the numbers of the model's classes
			name = o.Classes[label]
		}
		s.putTarget(record, 0, float64(s.classes.number(name)))
		if err := s.store.add(record); err != nil {
			return err
		}
	}
	return nil
}
