//go:build cuda

package cuda

import "stheno/backend"

func init() { backend.Register("cuda", open) }
