package kubetest

import (
	"encoding/json"
	"errors"
	"math/big"
	"regexp"
	"strconv"
	"strings"
)

var (
	quantityRE  = regexp.MustCompile(`^([+-]?)(\d+\.?\d*|\.\d+)([A-Za-z]*[-+]?\d*)$`)
	exponentRE  = regexp.MustCompile(`^[eE][-+]?\d+$`)
	errSuffix   = errors.New("unable to parse quantity's suffix")
	errQuantity = errors.New("quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'")
)

var (
	decimalUnits = map[string]int64{"n": -9, "u": -6, "m": -3, "": 0, "k": 3, "M": 6, "G": 9, "T": 12, "P": 15, "E": 18}
	binaryUnits  = map[string]int64{"Ki": 1, "Mi": 2, "Gi": 3, "Ti": 4, "Pi": 5, "Ei": 6}
)

// maxExponent bounds the numbers that a quantity can make of a short text.
const maxExponent = 100

// canonicalQuantity writes a quantity as the server does: without a fraction,
// with the largest unit that keeps it whole.
func canonicalQuantity(s string) (string, error) {
	m := quantityRE.FindStringSubmatch(strings.TrimSpace(s))
	if m == nil {
		return "", errQuantity
	}
	digits, places := m[2], int64(0)
	if whole, fraction, ok := strings.Cut(digits, "."); ok {
		digits, places = whole+fraction, int64(len(fraction))
	}
	n, ok := new(big.Int).SetString(m[1]+digits, 10)
	if !ok {
		return "", errQuantity
	}
	if power, ok := binaryUnits[m[3]]; ok {
		return binaryQuantity(n, places, power), nil
	}
	exponent, ok := decimalUnits[m[3]]
	exponential := !ok && exponentRE.MatchString(m[3])
	if exponential {
		var err error
		if exponent, err = strconv.ParseInt(m[3][1:], 10, 64); err != nil || exponent > maxExponent || exponent < -maxExponent {
			return "", errQuantity
		}
	} else if !ok {
		return "", errSuffix
	}
	return decimalQuantity(n, exponent-places, exponential), nil
}

var (
	ten      = big.NewInt(10)
	kibi     = big.NewInt(1024)
	thousand = big.NewInt(1000)
)

// decimalQuantity writes n times ten to the exponent.
func decimalQuantity(n *big.Int, exponent int64, exponential bool) string {
	if n.Sign() == 0 {
		return "0"
	}
	for exponent < -9 { // nothing is smaller than a nano: rounded away from zero
		n, exponent = roundedUp(n, ten), exponent+1
	}
	for ((exponent%3)+3)%3 != 0 {
		n, exponent = new(big.Int).Mul(n, ten), exponent-1
	}
	for exponent < 18 {
		q, r := new(big.Int).QuoRem(n, thousand, new(big.Int))
		if r.Sign() != 0 {
			break
		}
		n, exponent = q, exponent+3
	}
	if exponential {
		if exponent == 0 {
			return n.String()
		}
		return n.String() + "e" + strconv.FormatInt(exponent, 10)
	}
	for ; exponent > 18; exponent -= 3 {
		n = new(big.Int).Mul(n, thousand)
	}
	for unit, e := range decimalUnits {
		if e == exponent {
			return n.String() + unit
		}
	}
	return n.String()
}

func roundedUp(n, by *big.Int) *big.Int {
	q, r := new(big.Int).QuoRem(n, by, new(big.Int))
	if r.Sign() != 0 {
		q.Add(q, big.NewInt(int64(r.Sign())))
	}
	return q
}

// binaryQuantity writes n, with so many decimal places, times 1024 to the power.
func binaryQuantity(n *big.Int, places, power int64) string {
	n = new(big.Int).Mul(n, new(big.Int).Exp(kibi, big.NewInt(power), nil))
	scale := new(big.Int).Exp(ten, big.NewInt(places), nil)
	if whole, rest := new(big.Int).QuoRem(n, scale, new(big.Int)); rest.Sign() != 0 || new(big.Int).Abs(whole).Cmp(kibi) < 0 {
		return decimalQuantity(n, -places, false)
	}
	n = new(big.Int).Quo(n, scale)
	power = 0
	for power < 6 {
		q, r := new(big.Int).QuoRem(n, kibi, new(big.Int))
		if r.Sign() != 0 {
			break
		}
		n, power = q, power+1
	}
	for unit, p := range binaryUnits {
		if p == power {
			return n.String() + unit
		}
	}
	return n.String()
}

// canonicalQuantities rewrites the quantities of a built-in kind, wherever it
// has them.
func (r *resource) canonicalQuantities(doc map[string]any) error {
	if !r.builtin {
		return nil
	}
	var q quantities
	switch r.Group + "/" + r.Plural {
	case "/pods":
		q.podSpec(mapAt(doc, "spec"))
	case "/nodes":
		q.maps(doc, []string{"status", "capacity"}, []string{"status", "allocatable"})
	case "/persistentvolumes":
		q.maps(doc, []string{"spec", "capacity"})
	case "/persistentvolumeclaims":
		q.maps(doc, []string{"spec", "resources", "requests"}, []string{"spec", "resources", "limits"}, []string{"status", "capacity"})
	case "/resourcequotas":
		q.maps(doc, []string{"spec", "hard"}, []string{"status", "hard"}, []string{"status", "used"})
	case "/limitranges":
		for _, l := range listAt(doc, "spec", "limits") {
			for _, member := range []string{"max", "min", "default", "defaultRequest", "maxLimitRequestRatio"} {
				q.maps(asMap(l), []string{member})
			}
		}
	case "/podtemplates":
		q.podSpec(mapAt(doc, "template", "spec"))
	case "batch/cronjobs":
		q.podSpec(mapAt(doc, "spec", "jobTemplate", "spec", "template", "spec"))
	default:
		q.podSpec(mapAt(doc, "spec", "template", "spec"))
	}
	return q.err
}

// quantities goes through a document and remembers the first mistake.
type quantities struct{ err error }

func (q *quantities) podSpec(spec map[string]any) {
	for _, member := range []string{"containers", "initContainers", "ephemeralContainers"} {
		for _, c := range listAt(spec, member) {
			for _, list := range []string{"requests", "limits"} {
				q.maps(asMap(c), []string{"resources", list})
				wholeMillis(mapAt(asMap(c), "resources", list))
			}
		}
	}
	q.maps(spec, []string{"overhead"})
	for _, v := range listAt(spec, "volumes") {
		if dir := mapAt(asMap(v), "emptyDir"); dir["sizeLimit"] != nil {
			q.value(dir, "sizeLimit")
		}
	}
}

// wholeMillis rounds up what containers ask for: nothing is divided finer.
func wholeMillis(m map[string]any) {
	for name, v := range m {
		s, _ := v.(string)
		for unit, per := range map[string]int64{"n": 1_000_000, "u": 1000} {
			if digits, ok := strings.CutSuffix(s, unit); ok {
				if n, ok := new(big.Int).SetString(digits, 10); ok {
					m[name] = decimalQuantity(roundedUp(n, big.NewInt(per)), -3, false)
				}
			}
		}
	}
}

func (q *quantities) maps(doc map[string]any, paths ...[]string) {
	for _, path := range paths {
		m := mapAt(doc, path...)
		for name, v := range m {
			if v != nil {
				q.value(m, name)
			}
		}
	}
}

func (q *quantities) value(m map[string]any, name string) {
	var s string
	switch v := m[name].(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	}
	out, err := canonicalQuantity(s)
	if err != nil {
		if q.err == nil {
			q.err = err
		}
		return
	}
	m[name] = out
}
