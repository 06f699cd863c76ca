using System.Globalization;
using System.Xml;
using KvmPS.HelpBuilder.Pages;

namespace KvmPS.HelpBuilder.Maml;

/// <summary>Parameter elements: short ones in a syntax item, full ones in the list of parameters.</summary>
internal static class MamlParameter
{
    /// <summary>Writes a parameter of a syntax item.</summary>
    public static void Write(XmlWriter xml, SyntaxParameter parameter, CmdletParameter described)
    {
        bool isSwitch = parameter.TypeName is null;
        using (new XmlScope(xml, MamlNames.Command, "parameter"))
        {
            string position = parameter.Position?.ToString(CultureInfo.InvariantCulture) ?? "named";
            Attributes(xml, parameter.IsMandatory, globbing: false, "false", position, isSwitch ? [] : described.Aliases);
            xml.WriteElementString("name", MamlNames.Maml, parameter.Name);
            using (new XmlScope(xml, MamlNames.Maml, "description")) { }
            if (!isSwitch) AcceptedValues(xml, described.AcceptedValues);
            if (parameter.TypeName is { } type) Value(xml, type, required: true, variableLength: false);
            Type(xml, isSwitch ? "System.Management.Automation.SwitchParameter" : described.TypeName);
        }
    }

    /// <summary>Writes a parameter with its description.</summary>
    public static void Write(XmlWriter xml, CmdletParameter parameter)
    {
        using (new XmlScope(xml, MamlNames.Command, "parameter"))
        {
            Attributes(xml, parameter.IsMandatory, parameter.SupportsWildcards, PipelineInput(parameter), parameter.Position, parameter.Aliases);
            xml.WriteElementString("name", MamlNames.Maml, parameter.Name);
            using (new XmlScope(xml, MamlNames.Maml, "description"))
            {
                foreach (string paragraph in MamlText.Paragraphs(parameter.Description)) MamlText.Write(xml, paragraph);
            }

            AcceptedValues(xml, parameter.AcceptedValues);
            if (!parameter.IsSwitch) Value(xml, parameter.TypeName, required: true, variableLength: true);
            Type(xml, parameter.TypeName);
        }
    }

    private static string PipelineInput(CmdletParameter parameter) => (parameter.ByValue, parameter.ByPropertyName) switch
    {
        (true, true) => "true (ByValue, ByPropertyName)",
        (true, false) => "true (ByValue)",
        (false, true) => "true (ByPropertyName)",
        (false, false) => "false",
    };

    private static void Attributes(XmlWriter xml, bool required, bool globbing, string pipelineInput, string position, IReadOnlyList<string> aliases)
    {
        xml.WriteAttributeString("required", Text(required));
        xml.WriteAttributeString("variableLength", "false");
        xml.WriteAttributeString("globbing", Text(globbing));
        xml.WriteAttributeString("pipelineInput", pipelineInput);
        xml.WriteAttributeString("position", position);
        xml.WriteAttributeString("aliases", aliases.Count == 0 ? "none" : string.Join(", ", aliases));
    }

    private static void AcceptedValues(XmlWriter xml, IReadOnlyList<string> values)
    {
        if (values.Count == 0) return;
        using (new XmlScope(xml, MamlNames.Command, "parameterValueGroup"))
        {
            foreach (string value in values) Value(xml, value, required: false, variableLength: false);
        }
    }

    private static void Value(XmlWriter xml, string text, bool required, bool variableLength)
    {
        using (new XmlScope(xml, MamlNames.Command, "parameterValue"))
        {
            xml.WriteAttributeString("required", Text(required));
            xml.WriteAttributeString("variableLength", Text(variableLength));
            xml.WriteString(text);
        }
    }

    private static void Type(XmlWriter xml, string name)
    {
        using (new XmlScope(xml, MamlNames.Dev, "type")) xml.WriteElementString("name", MamlNames.Maml, name);
    }

    private static string Text(bool value) => value ? "true" : "false";
}
