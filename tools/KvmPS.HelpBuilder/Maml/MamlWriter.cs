using System.Text;
using System.Xml;
using KvmPS.HelpBuilder.Pages;

namespace KvmPS.HelpBuilder.Maml;

/// <summary>
/// Writes pages as MAML. Texts stay markdown, as PlatyPS leaves them, so that <c>Get-Help</c> shows the same whichever of the two
/// tools built the file.
/// </summary>
internal sealed class MamlWriter
{
    private readonly XmlWriter _xml;

    private MamlWriter(XmlWriter xml) => _xml = xml;

    /// <summary>The help file of a module's cmdlets.</summary>
    public static string ToXml(IEnumerable<CmdletPage> pages)
    {
        var text = new Utf8StringWriter();
        var settings = new XmlWriterSettings { Indent = true, NewLineChars = "\n" };
        using (var xml = XmlWriter.Create(text, settings))
        {
            xml.WriteStartElement("helpItems", MamlNames.Root);
            xml.WriteAttributeString("xmlns", "maml", null, MamlNames.Maml);
            xml.WriteAttributeString("xmlns", "command", null, MamlNames.Command);
            xml.WriteAttributeString("xmlns", "dev", null, MamlNames.Dev);
            xml.WriteAttributeString("schema", "maml");
            var writer = new MamlWriter(xml);
            foreach (var page in pages) writer.Command(page);
            xml.WriteEndElement();
        }

        return text + "\n";
    }

    private void Command(CmdletPage page)
    {
        using (Element(MamlNames.Command, "command"))
        {
            Details(page);
            Paragraphs("description", [page.Description]);
            using (Element(MamlNames.Command, "syntax"))
            {
                foreach (var syntax in page.Syntax) SyntaxItem(page, syntax);
            }

            using (Element(MamlNames.Command, "parameters"))
            {
                foreach (var parameter in page.Parameters) MamlParameter.Write(_xml, parameter);
            }

            Types("inputTypes", "inputType", page.Inputs);
            Types("returnValues", "returnValue", page.Outputs);
            using (Element(MamlNames.Maml, "alertSet")) Paragraphs("alert", [page.Notes]);
            using (Element(MamlNames.Command, "examples"))
            {
                foreach (var example in page.Examples) Example(example);
            }

            RelatedLinks(page);
        }
    }

    private void Details(CmdletPage page)
    {
        string[] parts = page.Name.Split('-');
        var (verb, noun) = parts is [var v, var n] ? (v, n) : (page.Name, "");
        using (Element(MamlNames.Command, "details"))
        {
            _xml.WriteElementString("name", MamlNames.Command, page.Name);
            Paragraphs("description", [page.Synopsis]);
            _xml.WriteElementString("verb", MamlNames.Command, verb);
            _xml.WriteElementString("noun", MamlNames.Command, noun);
        }
    }

    private void SyntaxItem(CmdletPage page, CmdletSyntax syntax)
    {
        using (Element(MamlNames.Command, "syntaxItem"))
        {
            _xml.WriteElementString("name", MamlNames.Maml, page.Name);
            foreach (var parameter in syntax.Parameters)
                MamlParameter.Write(_xml, parameter, page.Parameters.Single(p => p.Name == parameter.Name));
        }
    }

    private void Types(string listName, string itemName, IReadOnlyList<TitledText> types)
    {
        using (Element(MamlNames.Command, listName))
        {
            foreach (var type in types)
            {
                using (Element(MamlNames.Command, itemName))
                {
                    using (Element(MamlNames.Dev, "type")) _xml.WriteElementString("name", MamlNames.Maml, type.Title);
                    Paragraphs("description", [type.Text]);
                }
            }
        }
    }

    /// <summary>An example is all introduction: code and text alternate in it, which the schema's one code element could not say.</summary>
    private void Example(TitledText example)
    {
        using (Element(MamlNames.Command, "example"))
        {
            _xml.WriteElementString("title", MamlNames.Maml, $"--------- {example.Title} ---------");
            using (Element(MamlNames.Maml, "introduction"))
            {
                bool first = true;
                foreach (string paragraph in MamlText.Paragraphs(example.Text))
                {
                    if (!first) MamlText.WriteBlankLine(_xml);
                    MamlText.Write(_xml, paragraph);
                    first = false;
                }
            }

            using (Element(MamlNames.Dev, "code")) { }
            using (Element(MamlNames.Dev, "remarks")) { }
        }
    }

    private void RelatedLinks(CmdletPage page)
    {
        using (Element(MamlNames.Command, "relatedLinks"))
        {
            foreach (var link in page.RelatedLinks.Prepend(new PageLink("Online Version", page.HelpUri)))
            {
                using (Element(MamlNames.Maml, "navigationLink"))
                {
                    _xml.WriteElementString("linkText", MamlNames.Maml, link.Text);
                    _xml.WriteElementString("uri", MamlNames.Maml, link.Uri);
                }
            }
        }
    }

    private void Paragraphs(string name, IEnumerable<string> paragraphs)
    {
        using (Element(MamlNames.Maml, name))
        {
            foreach (string paragraph in paragraphs) MamlText.Write(_xml, paragraph);
        }
    }

    private XmlScope Element(string ns, string name) => new(_xml, ns, name);

    private sealed class Utf8StringWriter : StringWriter
    {
        public override Encoding Encoding => Encoding.UTF8;
    }
}
