package dist

// SetRun has a sum through memory of float32 go on as after so many runs.
func SetRun(op Operation, runs uint32) {
	s := op.(*memorySum[float32])
	s.run = runs
	s.at[s.g.Rank()].reached.Store(runs * taken)
}
