package drivertest

import (
	"regexp"
	"slices"
	"strings"

	"github.com/stheno/stheno/backend/cuda/internal/driver"
)

// entry finds a kernel's name and its parameters in PTX.
var entry = regexp.MustCompile(`\.entry\s+([\w$]+)\s*\(([^)]*)\)`)

// Load reads the kernels' names and how many parameters each has.
func (d *Driver) Load(ptx string) (driver.Module, string, error) {
	end, err := d.call("Load")
	defer end()
	if err != nil {
		return 0, "the driver for tests refuses\nall PTX", err
	}
	kernels := map[string]int{}
	for _, m := range entry.FindAllStringSubmatch(ptx, -1) {
		kernels[m[1]] = strings.Count(m[2], ".param")
	}
	m := driver.Module(d.handle())
	d.modules[m] = kernels
	return m, "", nil
}

func (d *Driver) Unload(m driver.Module) error {
	end, err := d.call("Unload")
	defer end()
	if d.modules[m] == nil {
		return d.fault("there is no module %#x", uintptr(m))
	}
	delete(d.modules, m) // also where the call fails
	return err
}

func (d *Driver) Function(m driver.Module, name string) (driver.Function, error) {
	end, err := d.call("Function")
	defer end()
	if err != nil {
		return 0, err
	}
	parameters, ok := d.modules[m][name]
	if !ok {
		return 0, d.fault("the module has no kernel %s", name)
	}
	f := driver.Function(d.handle())
	d.kernels[f] = kernel{m, name, parameters}
	return f, nil
}

// Resident is 2 of every kernel.
func (d *Driver) Resident(driver.Function, int) (int, error) {
	end, err := d.call("Resident")
	defer end()
	return 2, err
}

// Launch takes the arguments at the call, as the driver does.
func (d *Driver) Launch(f driver.Function, l driver.Launch, s driver.Stream) error {
	end, err := d.call("Launch")
	defer end()
	if err != nil {
		return err
	}
	k, ok := d.kernels[f]
	switch {
	case !ok || d.modules[k.module] == nil:
		return d.fault("a kernel of no module is launched")
	case len(l.Args) != k.parameters:
		return d.fault("%s gets %d arguments for %d parameters", k.name, len(l.Args), k.parameters)
	case l.Grid < 1 || l.Threads < 1 || l.Threads > 1024:
		return d.fault("%s is launched with %d blocks of %d threads", k.name, l.Grid, l.Threads)
	case l.Cooperative && (!d.GPU.Cooperative || l.Grid > 2*d.GPU.Processors):
		return d.fault("%s is launched with %d blocks that wait for one another", k.name, l.Grid)
	}
	l.Args = slices.Clone(l.Args)
	return d.submit(s, func() error {
		launched := Launched{k.name, l}
		if d.modules[k.module] == nil {
			return d.fault("%s runs after its module is gone", k.name)
		}
		d.launched = append(d.launched, launched)
		if d.Kernel == nil {
			return nil
		}
		return d.Kernel(launched)
	})
}

func (d *Driver) BeginCapture(s driver.Stream) error {
	end, err := d.call("BeginCapture")
	defer end()
	if err != nil {
		return err
	}
	if r := d.streams[s]; r == nil || r.on {
		return d.fault("a stream records that is none, or does so already")
	}
	d.streams[s] = &recording{on: true}
	return nil
}

// EndCapture ends the recording also where it fails.
func (d *Driver) EndCapture(s driver.Stream) (driver.Graph, error) {
	end, err := d.call("EndCapture")
	defer end()
	r := d.streams[s]
	if r == nil || !r.on {
		return 0, d.fault("a recording ends that has not begun")
	}
	d.streams[s] = &recording{}
	if err != nil {
		return 0, err
	}
	g := driver.Graph(d.handle())
	d.graphs[g] = r.work
	return g, nil
}

func (d *Driver) LaunchGraph(g driver.Graph, s driver.Stream) error {
	end, err := d.call("LaunchGraph")
	defer end()
	if err != nil {
		return err
	}
	all, ok := d.graphs[g]
	if !ok {
		return d.fault("there is no graph %#x", uintptr(g))
	}
	for _, w := range all {
		if err := d.submit(s, w); err != nil {
			return err
		}
	}
	return nil
}

func (d *Driver) DestroyGraph(g driver.Graph) error {
	end, err := d.call("DestroyGraph")
	defer end()
	if _, ok := d.graphs[g]; !ok {
		return d.fault("there is no graph %#x", uintptr(g))
	}
	delete(d.graphs, g) // also where the call fails
	return err
}
