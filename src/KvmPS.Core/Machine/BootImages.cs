using KvmPS.Core.Boot;

namespace KvmPS.Core.Machine;

/// <summary>Opens what a machine is to run.</summary>
public static class BootImages
{
    /// <summary>The image of a source, its header parsed and its payload extracted.</summary>
    /// <exception cref="ImageNotBootableException">It is not one that can be booted.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    internal static OpenedImage Open(BootSource source)
    {
        switch (source)
        {
            case CodeBoot code:
                var bytes = new MemoryImageSource("raw code", code.Code);
                return new OpenedImage(bytes, RawCode.Open(bytes, code.Mode, new Native.GuestAddress(code.LoadAddress)));
            case KernelBoot kernel:
                return OpenFile(kernel.Path, static file => ImageLoader.Open(file));
            case FirmwareBoot firmware:
                return OpenFile(firmware.Path, Firmware.Open);
            default:
                throw new ArgumentException($"Unknown boot source {source.GetType().Name}.", nameof(source));
        }
    }

    private static OpenedImage OpenFile(string path, Func<IImageSource, BootImage> open)
    {
        var file = new FileImageSource(path);
        try
        {
            return new OpenedImage(file, open(file));
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    /// <summary>Opens all that a machine needs and lets go of it again: what is wrong with a file is said when the machine is made, not when it starts.</summary>
    /// <exception cref="ImageNotBootableException">The image is not one that can be booted.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <param name="source">What to open.</param>
    /// <param name="look">Called with the image while it is open.</param>
    public static void Check(BootSource source, Action<BootImage> look)
    {
        using OpenedImage image = Open(source);
        using var modules = OpenedModules.Of(source);
        look(image.Image);
    }
}

/// <summary>An image with the file it reads from.</summary>
internal sealed class OpenedImage(IImageSource source, BootImage image) : IDisposable
{
    public BootImage Image => image;

    public void Dispose() => source.Dispose();
}

/// <summary>The initial RAM disks or modules of a machine, open for reading.</summary>
internal sealed class OpenedModules : IDisposable
{
    private readonly List<BootModule> _list = [];

    public IReadOnlyList<BootModule> List => _list;

    public static OpenedModules Of(BootSource source)
    {
        var modules = new OpenedModules();
        try
        {
            foreach (InitrdFile file in (source as KernelBoot)?.Initrds ?? []) modules._list.Add(new BootModule(new FileImageSource(file.Path), file.ToString()));
            return modules;
        }
        catch
        {
            modules.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        foreach (BootModule module in _list) module.Source.Dispose();
    }
}
