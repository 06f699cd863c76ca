namespace KvmPS.Core.Block.Files;

/// <summary>What an image's problem comes to.</summary>
public enum ImageDamage
{
    /// <summary>Room is lost, and nothing else.</summary>
    Leak,

    /// <summary>Tables, counts or marks are wrong, which endangers data.</summary>
    Corruption,

    /// <summary>An image below is missing or cannot be read.</summary>
    Chain,
}

/// <summary>Something wrong with an image.</summary>
/// <param name="Damage">What it comes to.</param>
/// <param name="Message">A sentence.</param>
public sealed record ImageProblem(ImageDamage Damage, string Message);
