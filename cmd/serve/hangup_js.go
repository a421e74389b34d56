package main

import "os"

var hangups []os.Signal // there are none
