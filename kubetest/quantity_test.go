package kubetest

import "testing"

func TestCanonicalQuantities(t *testing.T) {
	for in, want := range map[string]string{
		"0": "0", "1": "1", "1000m": "1", "1500m": "1500m", "0.1": "100m", "10000": "10k", "1234": "1234", "1.5k": "1500",
		"1Gi": "1Gi", "1024Mi": "1Gi", "1.5Gi": "1536Mi", "0.5Ki": "512", "1025Ki": "1025Ki", "0.1Ki": "102400m",
		"1e3": "1e3", "12E2": "1200", "1E": "1E", "+5": "5", "-5": "-5", ".5": "500m", "5.": "5", "100n": "100n", "0.1n": "1n",
		"1000Ei": "1000Ei", "123456789012345678901234567890": "123456789012345678901234567890", "2000000000000000000000": "2000E",
	} {
		got, err := canonicalQuantity(in)
		if err != nil || got != want {
			t.Errorf("%s: got %s, %v, want %s", in, got, err, want)
		}
	}
	for _, in := range []string{"", "x", "1 Gi", "1gi", "1e", "1x", "1.2.3", "--1", "1e999999"} {
		if got, err := canonicalQuantity(in); err == nil {
			t.Errorf("%q: got %s", in, got)
		}
	}
}

func TestQuantitiesComeBackCanonical(t *testing.T) {
	c := start(t)
	c.do("POST", pods, `{"metadata":{"name":"a"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":2,"memory":"0.5Gi"}}}]}}`).must(201)
	p := c.get(pods + "/a").must(200)
	if got := jsonOf(at(asMap(listAt(p.doc, "spec", "containers")[0]), "resources")); got != `{"limits":{"cpu":"2","memory":"512Mi"},"requests":{"cpu":"2","memory":"512Mi"}}` {
		t.Errorf("got %s", got)
	}
	c.do("POST", pods, `{"metadata":{"name":"b"},"spec":{"containers":[{"name":"c","image":"i","resources":{"limits":{"cpu":"much"}}}]}}`).
		fails(400, "BadRequest", `Pod in version "v1" cannot be handled as a Pod: `+errQuantity.Error())
}
