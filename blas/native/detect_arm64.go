package native

// detect lists the kernel sets that this CPU can run, the best one last. Every arm64 CPU that Go runs on has NEON.
func detect() []*set { return []*set{&generic, &neon} }
