using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet that changes image files: silent unless <c>-PassThru</c>.</summary>
public abstract class ImageActionCmdlet : ImageCmdlet
{
    /// <summary>Writes the image when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What <c>-WhatIf</c> calls the action.</summary>
    private protected abstract string Action { get; }

    internal sealed override void Process(string path)
    {
        if (!ShouldProcess($"Disk image '{path}'", Action)) return;
        string result = Change(path);
        if (PassThru) WriteObject(KvmDiskImage.At(result));
    }

    /// <summary>The change itself. Returns the path of the image that <c>-PassThru</c> writes.</summary>
    internal abstract string Change(string path);
}
