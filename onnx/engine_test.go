package onnx

import _ "github.com/stheno/stheno/backend/cpu"
