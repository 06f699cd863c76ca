using YamlDotNet.Core;
using YamlDotNet.RepresentationModel;

namespace KvmPS.HelpBuilder.Pages;

/// <summary>Reads a piece of a page as one YAML mapping, with problems placed in the page.</summary>
internal static class YamlBlock
{
    /// <summary>The mapping, or null (and a problem) when the text is something else.</summary>
    /// <param name="page">The page, for problems.</param>
    /// <param name="firstLine">The line of the page (from 0) at which the text begins.</param>
    /// <param name="yaml">The text.</param>
    /// <param name="code">The code of a problem.</param>
    public static YamlMappingNode? Parse(PageText page, int firstLine, string yaml, string code)
    {
        try
        {
            var stream = new YamlStream();
            stream.Load(new StringReader(yaml));
            if (stream.Documents is [{ RootNode: YamlMappingNode root }]) return root;
            page.Report(firstLine, code, "This is not a YAML mapping.");
        }
        catch (YamlException e)
        {
            page.Report(firstLine + Math.Max(0, (int)e.Start.Line - 1), code, $"Broken YAML: {e.Message}");
        }
        catch (InvalidOperationException)
        {
            // YamlDotNet's scanner ends like this, without a place, in a bracket that is never closed.
            page.Report(firstLine, code, "Broken YAML: a '[' or '{' is not closed.");
        }

        return null;
    }
}
