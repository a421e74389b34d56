package native

// detect lists the kernel sets that this CPU can run, the best one last.
func detect() []*set { return []*set{&generic} }
