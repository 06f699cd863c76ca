using System.Text.Json;
using System.Text.RegularExpressions;

namespace KvmPS.Tests.Configuration;

/// <summary>The part of JSON Schema (draft 7) that our schemas use. A keyword that it does not know fails the test that meets it.</summary>
internal sealed class SmallSchema(JsonElement schema)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);
    private static readonly string[] Remarks = ["$schema", "title", "description", "contentEncoding"];

    /// <summary>Whether a value conforms.</summary>
    public bool Accepts(JsonElement value) => schema.EnumerateObject().All(rule => Conforms(rule, value));

    private bool Conforms(JsonProperty rule, JsonElement value) => rule.Name switch
    {
        "type" => IsOfType(value, rule.Value.GetString()!),
        "enum" => rule.Value.EnumerateArray().Any(choice => JsonElement.DeepEquals(choice, value)),
        "anyOf" => rule.Value.EnumerateArray().Any(part => new SmallSchema(part).Accepts(value)),
        "required" => value.ValueKind != JsonValueKind.Object || rule.Value.EnumerateArray().All(name => value.TryGetProperty(name.GetString()!, out _)),
        "properties" => value.ValueKind != JsonValueKind.Object || value.EnumerateObject().All(member =>
            !rule.Value.TryGetProperty(member.Name, out JsonElement part) || new SmallSchema(part).Accepts(member.Value)),
        "additionalProperties" => value.ValueKind != JsonValueKind.Object || rule.Value.GetBoolean() || value.EnumerateObject().All(member =>
            schema.GetProperty("properties").TryGetProperty(member.Name, out _)),
        "items" => value.ValueKind != JsonValueKind.Array || value.EnumerateArray().All(item => new SmallSchema(rule.Value).Accepts(item)),
        "maxItems" => value.ValueKind != JsonValueKind.Array || value.GetArrayLength() <= rule.Value.GetInt32(),
        "uniqueItems" => value.ValueKind != JsonValueKind.Array || !rule.Value.GetBoolean() || value.EnumerateArray().Select(static item => item.GetRawText()).Distinct().Count() == value.GetArrayLength(),
        "minimum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() >= rule.Value.GetDouble(),
        "maximum" => value.ValueKind != JsonValueKind.Number || value.GetDouble() <= rule.Value.GetDouble(),
        "minLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.Length >= rule.Value.GetInt32(),
        "maxLength" => value.ValueKind != JsonValueKind.String || value.GetString()!.Length <= rule.Value.GetInt32(),
        "pattern" => value.ValueKind != JsonValueKind.String || Regex.IsMatch(value.GetString()!, rule.Value.GetString()!, RegexOptions.ECMAScript, Patience),
        _ => Remarks.Contains(rule.Name, StringComparer.Ordinal) ? true : throw new NotSupportedException($"The schema's keyword '{rule.Name}' is not known here."),
    };

    private static bool IsOfType(JsonElement value, string type) => type switch
    {
        "object" => value.ValueKind == JsonValueKind.Object,
        "array" => value.ValueKind == JsonValueKind.Array,
        "string" => value.ValueKind == JsonValueKind.String,
        "boolean" => value.ValueKind is JsonValueKind.True or JsonValueKind.False,
        "number" => value.ValueKind == JsonValueKind.Number,
        "integer" => value.ValueKind == JsonValueKind.Number && double.IsInteger(value.GetDouble()),
        _ => throw new NotSupportedException($"The schema's type '{type}' is not known here."),
    };
}
