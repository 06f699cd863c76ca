using System.Xml;

namespace KvmPS.HelpBuilder.Maml;

/// <summary>An element that ends where its <c>using</c> ends, so that the code nests as the XML does.</summary>
internal readonly struct XmlScope : IDisposable
{
    private readonly XmlWriter _xml;

    /// <summary>Begins the element.</summary>
    public XmlScope(XmlWriter xml, string ns, string name)
    {
        _xml = xml;
        xml.WriteStartElement(name, ns);
    }

    /// <summary>Ends the element.</summary>
    public void Dispose() => _xml.WriteEndElement();
}
