package main

import (
	"context"
	"os"
	"os/signal"
)

// onSignals returns a context that ends with an interrupt, which is all that there is here.
func onSignals(func()) context.Context {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	context.AfterFunc(ctx, stop)
	return ctx
}
