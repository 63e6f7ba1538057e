package manifests

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// words are the plain scalars that stand for something else than themselves, as
// YAML 1.1 has them, which Kubernetes' own tools read.
var words = map[string]string{
	"": "null", "~": "null", "null": "null", "Null": "null", "NULL": "null",
	"true": "true", "True": "true", "TRUE": "true", "false": "false", "False": "false", "FALSE": "false",
	"y": "true", "Y": "true", "yes": "true", "Yes": "true", "YES": "true", "on": "true", "On": "true", "ON": "true",
	"n": "false", "N": "false", "no": "false", "No": "false", "NO": "false", "off": "false", "Off": "false", "OFF": "false",
	".nan": "NaN", ".NaN": "NaN", ".NAN": "NaN",
	".inf": "Inf", ".Inf": "Inf", ".INF": "Inf", "+.inf": "Inf", "+.Inf": "Inf", "+.INF": "Inf",
	"-.inf": "Inf", "-.Inf": "Inf", "-.INF": "Inf",
}

// sort is what a scalar is.
type sort string

const (
	isText   sort = "!!str"
	isNone   sort = "!!null"
	isBool   sort = "!!bool"
	isInt    sort = "!!int"
	isFloat  sort = "!!float"
	isNumber sort = "a number that JSON cannot write"
)

var (
	floatForm = regexp.MustCompile(`^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`)
	digits    = regexp.MustCompile(`^-?[1-9][0-9]*$`)
)

// resolve tells what a plain scalar is, and its text in JSON; that of a text is
// itself.
func resolve(s string) (sort, string) {
	if word, ok := words[s]; ok {
		switch word {
		case "null":
			return isNone, word
		case "true", "false":
			return isBool, word
		}
		return isNumber, s
	}
	if s[0] == '.' || s[0] == '-' || s[0] == '+' || '0' <= s[0] && s[0] <= '9' {
		return resolveNumber(s)
	}
	return isText, s
}

func resolveNumber(s string) (sort, string) {
	plain := s
	if s[0] != '.' {
		plain = strings.ReplaceAll(s, "_", "")
		if n, err := strconv.ParseInt(plain, 0, 64); err == nil {
			return isInt, strconv.FormatInt(n, 10)
		}
		if n, err := strconv.ParseUint(plain, 0, 64); err == nil {
			return isInt, strconv.FormatUint(n, 10)
		}
		if digits.MatchString(plain) {
			return isInt, plain // none is lost
		}
	}
	if !floatForm.MatchString(plain) {
		return isText, s
	}
	f, err := strconv.ParseFloat(plain, 64)
	text, bad := json.Marshal(f)
	if err != nil || bad != nil {
		return isText, s
	}
	return isFloat, string(text)
}

// scalar writes a scalar.
func (c *converter) scalar(n *yaml.Node) error {
	is, text, err := sortOf(n)
	if err != nil {
		return err
	}
	if is == isText {
		c.text(text)
	} else {
		c.out = append(c.out, text...)
	}
	return nil
}

// sortOf heeds tags and quotes.
func sortOf(n *yaml.Node) (sort, string, error) {
	tag := ""
	if n.Style&yaml.TaggedStyle != 0 {
		tag = n.Tag
	}
	switch {
	case !utf8.ValidString(n.Value):
		return "", "", errors.New("a text is not UTF-8")
	case tag == "!!binary":
		return binary(n.Value)
	case tag == "" && n.Style&^yaml.FlowStyle != 0, tag == "!!str", tag == "!!timestamp", tag == "!!merge":
		return isText, n.Value, nil
	}
	is, text := resolve(n.Value)
	switch {
	case is == isNumber:
		return "", "", errors.New("JSON has no number " + n.Value)
	case tag == "", tag == string(is), tag == "!!float" && is == isInt:
		return is, text, nil
	}
	return "", "", errors.New("a scalar is not what its tag " + tag + " says")
}

// binary is the text that a !!binary holds. JSON cannot hold other bytes.
func binary(s string) (sort, string, error) {
	content, err := base64.StdEncoding.DecodeString(s)
	if err != nil || !utf8.Valid(content) {
		return "", "", errors.New("a !!binary is not base64 of UTF-8 text")
	}
	return isText, string(content), nil
}

// name is the name of a member.
func (c *converter) name(key *yaml.Node) (string, error) {
	if key.Kind == yaml.AliasNode {
		key = key.Alias
	}
	if key.Kind != yaml.ScalarNode {
		return "", errors.New("a name is not a text")
	}
	is, text, err := sortOf(key)
	switch {
	case err != nil:
		return "", err
	case is == isNone:
		return "", errors.New("a name is null")
	case is == isFloat:
		f, _ := strconv.ParseFloat(text, 64) // it is in JSON
		return strconv.FormatFloat(f, 'g', -1, 32), nil
	case is == isInt:
		if _, err := strconv.ParseInt(text, 10, 64); err != nil {
			return "", errors.New("a name is a number of more than 64 bits; put it in quotes")
		}
	}
	return text, nil
}
