/** Keywords that say something about one kind of value, and nothing about the others. */
export const KEYWORDS_OF_KIND: Readonly<Record<"number" | "string" | "array" | "object", readonly string[]>> =
  {
    number: ["minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"],
    string: ["minLength", "maxLength", "pattern", "format"],
    array: ["prefixItems", "items", "additionalItems", "minItems", "maxItems", "uniqueItems"],
    object: [
      "properties",
      "required",
      "additionalProperties",
      "unevaluatedProperties",
      "propertyNames",
      "patternProperties",
      "minProperties",
      "maxProperties",
    ],
  };

/** Keywords whose meaning is compared. One that is neither here nor an annotation is a rule: equal or unknown. */
export const COMPARED: ReadonlySet<string> = new Set([
  ...["$ref", "type", "nullable", "const", "enum", "anyOf", "oneOf", "allOf", "not", "x-rules"],
  ...Object.values(KEYWORDS_OF_KIND).flat(),
]);

/** Keywords that change no acceptance. They are dropped. */
export const ANNOTATIONS: ReadonlySet<string> = new Set([
  ...["$schema", "$id", "$anchor", "$comment", "$defs", "definitions"],
  ...["title", "description", "default", "examples", "deprecated", "readOnly", "writeOnly"],
  ...["contentEncoding", "contentMediaType"],
]);
