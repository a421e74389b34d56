package ir

// RecipeNames lists the recipes of Recompute.
func RecipeNames() (names []string) {
	for _, r := range recipes {
		names = append(names, r.name)
	}
	return names
}

// RecomputeBy is Recompute with some recipes, for values of any size.
func RecomputeBy(p *Program, names ...string) *Program {
	var chosen []recipe
	for _, r := range recipes {
		for _, name := range names {
			if r.name == name {
				r.from = 0
				chosen = append(chosen, r)
			}
		}
	}
	return recompute(p, chosen)
}

// FusionNames lists the fusions.
func FusionNames() (names []string) {
	for _, f := range fusions {
		names = append(names, f.name)
	}
	return names
}

// FuseBy runs one fusion.
func FuseBy(p *Program, name string) *Program {
	for _, f := range fusions {
		if f.name == name {
			return p.fuse([]fusion{f})
		}
	}
	panic("no fusion " + name)
}
