package bigmath

import (
	"math"
	"math/big"
	"testing"
)

// TestKnownDigits holds the functions to 50 digits from another program.
func TestKnownDigits(t *testing.T) {
	soft, log := Softmax([]float64{1, 0})
	for name, c := range map[string]struct {
		got  *big.Float
		want string
	}{
		"exp 1":               {Exp(Num(1)), "2.7182818284590452353602874713526624977572470937000"},
		"exp -700":            {Exp(Num(-700)), "9.8596765437597708567053729478494651051156001814009e-305"},
		"log 2":               {Log(Num(2)), "0.69314718055994530941723212145817656807550013436026"},
		"log 10":              {Log(Num(10)), "2.3025850929940456840179914546843642076011014886288"},
		"log 2⁻¹⁰⁷⁴":          {Log(Num(0x1p-1074)), "-744.44007192138126231410729844608163411308714430291"},
		"sigmoid 1":           {Sigmoid(Num(1)), "0.73105857863000487925115924182183627436514464016505"},
		"tanh ½":              {Tanh(Num(0.5)), "0.46211715726000975850231848364367254873028928033011"},
		"sin 1":               {Sin(Num(1)), "0.84147098480789650665250232163029899962256306079837"},
		"cos 1":               {Cos(Num(1)), "0.54030230586813971740093660744297660373231042061794"},
		"sin 10²²":            {Sin(Num(1e22)), "-0.85220084976718880177270589375302936826176215041004"},
		"cos 10²²":            {Cos(Num(1e22)), "0.52321478539513894549759447338470949214091997243939"},
		"softmax 1, 0":        {soft[0], "0.73105857863000487925115924182183627436514464016505"},
		"its logarithm":       {log[1], "-1.3132616875182228340489954949678556419152800856703"},
		"tanh of a small one": {Tanh(Num(0x1p-1074)), Num(0x1p-1074).Text('g', 50)},
	} {
		want, _, err := big.ParseFloat(c.want, 10, prec, big.ToNearestEven)
		if err != nil {
			t.Fatal(err)
		}
		off := zero().Sub(c.got, want)
		off.Quo(off, want)
		if f, _ := off.Float64(); math.Abs(f) > 1e-48 {
			t.Errorf("%s = %.50g, want %s", name, c.got, c.want)
		}
	}
}

// TestULPs counts units, at all magnitudes.
func TestULPs(t *testing.T) {
	for _, c := range []struct {
		f         Format
		got, want float64
		ulps      float64
	}{
		{Double, 1, 1, 0}, {Double, 1 + 0x1p-52, 1, 1}, {Double, 1, 1 + 0x1p-51, 2}, {Double, 3 * 0x1p-1074, 0x1p-1074, 2},
		{Double, math.Inf(1), math.MaxFloat64, math.Inf(1)}, {Double, math.NaN(), 1, math.Inf(1)},
		{Single, 1 + 0x1p-22, 1, 2}, {Single, 1, 1 + 0x1p-40, 0}, {Single, 0x1p-149, 3 * 0x1p-149, 2}, {Single, math.Inf(1), 1e39, 0},
	} {
		if got := c.f.ULPs(c.got, Num(c.want)); got != c.ulps {
			t.Errorf("%v: %v is %v units from %v, want %v", c.f, c.got, got, c.want, c.ulps)
		}
	}
}
