//go:build cuda

package cuda

import "github.com/stheno/stheno/backend"

func init() { backend.Register("cuda", open) }
