package kubetest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
)

// statusError is an answer that is not the asked one: it becomes a Status
// document.
type statusError struct {
	code    int
	reason  string
	message string
	details map[string]any // nil: the Status has none
	// next is the token that an expired list offers in metadata.continue.
	next string
}

func (e *statusError) Error() string { return e.message }

// document is the Status as the server sends it.
func (e *statusError) document() map[string]any {
	meta := map[string]any{}
	if e.next != "" {
		meta["continue"] = e.next
	}
	doc := map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": meta,
		"status": "Failure", "message": e.message, "code": number(int64(e.code)),
	}
	if e.reason != "" {
		doc["reason"] = e.reason
	}
	if e.details != nil {
		doc["details"] = e.details
	}
	return doc
}

// statusRank is the order of a Status' members, which is not that of objects.
var statusRank = ranks("kind", "apiVersion", "metadata", "status", "message", "reason", "details", "code")

func encodeStatus(doc map[string]any) []byte { return appendMap(nil, doc, statusRank) }

// successStatus is the answer to a deletion that leaves no object to show.
func successStatus(details map[string]any) map[string]any {
	return map[string]any{
		"kind": "Status", "apiVersion": "v1", "metadata": map[string]any{},
		"status": "Success", "details": details,
	}
}

// groupResource is how error texts name a resource: "deployments.apps".
func groupResource(group, plural string) string {
	if group == "" {
		return plural
	}
	return plural + "." + group
}

func details(group, kind, name string) map[string]any {
	d := map[string]any{}
	if name != "" {
		d["name"] = name
	}
	if group != "" {
		d["group"] = group
	}
	if kind != "" {
		d["kind"] = kind
	}
	return d
}

func cause(reason, message, field string) map[string]any {
	c := map[string]any{}
	if reason != "" {
		c["reason"] = reason
	}
	if message != "" {
		c["message"] = message
	}
	if field != "" {
		c["field"] = field
	}
	return c
}

func (r *resource) qualified() string { return groupResource(r.Group, r.Plural) }

func (r *resource) errorDetails(name string) map[string]any {
	return details(r.Group, r.Plural, name)
}

func notFound(r *resource, name string) *statusError {
	return &statusError{
		code: http.StatusNotFound, reason: "NotFound", details: r.errorDetails(name),
		message: fmt.Sprintf("%s %q not found", r.qualified(), name),
	}
}

func alreadyExists(r *resource, name string) *statusError {
	return &statusError{
		code: http.StatusConflict, reason: "AlreadyExists", details: r.errorDetails(name),
		message: fmt.Sprintf("%s %q already exists", r.qualified(), name),
	}
}

func conflict(r *resource, name, why string) *statusError {
	return conflictFor(r.Group, r.Plural, name, why)
}

// conflictFor is for the conflicts that name the kind where others name the
// resource.
func conflictFor(group, kind, name, why string) *statusError {
	return &statusError{
		code: http.StatusConflict, reason: "Conflict", details: details(group, kind, name),
		message: fmt.Sprintf("Operation cannot be fulfilled on %s %q: %s", groupResource(group, kind), name, why),
	}
}

const modified = "the object has been modified; please apply your changes to the latest version and try again"

func forbidden(r *resource, name, why string) *statusError {
	what := fmt.Sprintf("%s %q", r.qualified(), name)
	if name == "" {
		what = r.qualified()
	}
	return &statusError{
		code: http.StatusForbidden, reason: "Forbidden", details: r.errorDetails(name),
		message: fmt.Sprintf("%s is forbidden: %s", what, why),
	}
}

func badRequest(format string, args ...any) *statusError {
	return &statusError{code: http.StatusBadRequest, reason: "BadRequest", message: fmt.Sprintf(format, args...)}
}

func internalError(err error) *statusError {
	return &statusError{
		code: http.StatusInternalServerError, reason: "InternalError",
		details: map[string]any{"causes": []any{cause("", err.Error(), "")}},
		message: "Internal error occurred: " + err.Error(),
	}
}

func expired(message, next string) *statusError {
	return &statusError{code: http.StatusGone, reason: "Expired", message: message, next: next}
}

// tooLarge answers a version that the server has not reached.
func tooLarge(asked, current uint64) *statusError {
	return &statusError{
		code: http.StatusGatewayTimeout, reason: "Timeout",
		message: fmt.Sprintf("Timeout: Too large resource version: %d, current: %d", asked, current),
		details: map[string]any{
			"causes":            []any{cause("ResourceVersionTooLarge", "Too large resource version", "")},
			"retryAfterSeconds": number(1),
		},
	}
}

func unsupportedMedia(accepted ...string) *statusError {
	return &statusError{
		code: http.StatusUnsupportedMediaType, reason: "UnsupportedMediaType",
		message: "the body of the request was in an unknown format - accepted media types include: " + strings.Join(accepted, ", "),
	}
}

func notAcceptable(accepted ...string) *statusError {
	return &statusError{
		code: http.StatusNotAcceptable, reason: "NotAcceptable",
		message: "only the following media types are accepted: " + strings.Join(accepted, ", "),
	}
}

// Answers of the router, which knows no resource yet.
func noSuchRoute() *statusError {
	return &statusError{
		code: http.StatusNotFound, reason: "NotFound", details: map[string]any{},
		message: "the server could not find the requested resource",
	}
}

func noSuchMethod() *statusError {
	return &statusError{
		code: http.StatusMethodNotAllowed, reason: "MethodNotAllowed", details: map[string]any{},
		message: "the server does not allow this method on the requested resource",
	}
}

// unprocessable is the answer to a patch that cannot be applied.
func unprocessable() *statusError {
	return &statusError{
		code: http.StatusUnprocessableEntity, reason: "Invalid", details: map[string]any{},
		message: "the server rejected our request due to an error in our request",
	}
}

// fieldError is one finding of validation.
type fieldError struct {
	reason string // FieldValueInvalid, ...
	field  string
	body   string
}

func (e fieldError) String() string { return e.field + ": " + e.body }

func invalidValue(field string, value any, why string) fieldError {
	return fieldError{"FieldValueInvalid", field, "Invalid value: " + shown(value) + ": " + why}
}

func requiredValue(field, why string) fieldError {
	return fieldError{"FieldValueRequired", field, detail("Required value", why)}
}

func forbiddenValue(field, why string) fieldError {
	return fieldError{"FieldValueForbidden", field, detail("Forbidden", why)}
}

func duplicateValue(field string, value any) fieldError {
	return fieldError{"FieldValueDuplicate", field, "Duplicate value: " + shown(value)}
}

func tooLong(field string, limit int) fieldError {
	return fieldError{"FieldValueTooLong", field, fmt.Sprintf("Too long: may not be more than %d bytes", limit)}
}

func unsupportedValue(field, value string, supported ...string) fieldError {
	quoted := make([]string, len(supported))
	for i, s := range supported {
		quoted[i] = fmt.Sprintf("%q", s)
	}
	return fieldError{
		"FieldValueNotSupported", field,
		fmt.Sprintf("Unsupported value: %q: supported values: %s", value, strings.Join(quoted, ", ")),
	}
}

func detail(what, why string) string {
	if why == "" {
		return what
	}
	return what + ": " + why
}

// shown renders the offending value as the server's texts do: quoted text,
// plain numbers, compact JSON for the rest.
func shown(v any) string {
	switch v := v.(type) {
	case string:
		return fmt.Sprintf("%q", v)
	case json.Number:
		return v.String()
	case bool:
		return fmt.Sprint(v)
	case nil:
		return "null"
	}
	return string(appendValue(nil, v, noRank))
}

// invalid gathers the findings about one object.
func invalid(group, kind, name string, errs ...fieldError) *statusError {
	causes := make([]any, len(errs))
	texts := make([]string, 0, len(errs))
	seen := map[string]bool{}
	for i, e := range errs {
		causes[i] = cause(e.reason, e.body, e.field)
		if s := e.String(); !seen[s] {
			seen[s] = true
			texts = append(texts, s)
		}
	}
	message := fmt.Sprintf("%s %q is invalid", groupResource(group, kind), name)
	switch len(texts) {
	case 0:
	case 1:
		message += ": " + texts[0]
	default:
		message += ": [" + strings.Join(texts, ", ") + "]"
	}
	d := details(group, kind, name)
	if len(causes) > 0 {
		d["causes"] = causes
	}
	return &statusError{code: http.StatusUnprocessableEntity, reason: "Invalid", message: message, details: d}
}
