using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using KvmPS.Core.Host;

namespace KvmPS.Core.Guest;

/// <summary>
/// Copies files into and out of a guest through its shell. A file gets its name when it is whole: what arrived is first compared by checksum, under a
/// name beside it.
/// </summary>
/// <param name="shell">The shell.</param>
/// <param name="login">Who logs in where the guest asks; null for nobody.</param>
/// <param name="patience">How long the guest may be silent.</param>
public sealed partial class GuestFiles(GuestShell shell, GuestLogin? login, GuestPatience patience)
{
    private const int BlockBytes = 64 << 10;
    private const int PieceBytes = 1 << 10; // of a file that goes by printf
    private const int DirectoryCode = 21;
    private const int MissingCode = 22;
    private const int ExistsCode = 23;
    private const int Attempts = 2; // a kernel message in the middle makes a checksum wrong, and does not come twice

    /// <summary>Copies a stream into a file of the guest.</summary>
    /// <param name="source">The bytes; it can seek.</param>
    /// <param name="name">The file's name, when the destination is a directory.</param>
    /// <param name="destination">The file or directory in the guest.</param>
    /// <param name="mode">The permissions that it gets; null for those that new files get. A file that replaces one has the owner, group and permissions of that.</param>
    /// <param name="overwrite">Whether it may be there already.</param>
    /// <param name="progress">Is told how many bytes have arrived.</param>
    /// <returns>The file's path in the guest, and its checksum as the guest gave it.</returns>
    /// <exception cref="GuestCopyException">It was not copied.</exception>
    public (string Path, string Checksum) Put(Stream source, string name, string destination, UnixFileMode? mode, bool overwrite, Action<long> progress)
    {
        (string path, string? replaced) = Place(name, destination, overwrite);
        string part = ShellQuote.Word(Beside(path));
        try
        {
            string checksum = Send(source, part, path, progress);
            string chmod = mode is { } bits ? $"chmod {Convert.ToString((int)bits, 8)} {part};" : "";
            Require(Do($"{(replaced is null ? chmod : TakeOwnership(replaced, part))}mv -f {part} {ShellQuote.Word(path)}"), path);
            return (path, checksum);
        }
        catch (GuestCopyException)
        {
            Do($"rm -f {part}");
            throw;
        }
    }

    /// <summary>Copies a file of the guest into a stream.</summary>
    /// <param name="path">The file in the guest.</param>
    /// <param name="destination">Receives the bytes; it can seek and be cut.</param>
    /// <param name="progress">Is told how many bytes have arrived, and how many there are.</param>
    /// <returns>Its permissions, if the guest can tell them, and its checksum as the guest gave it.</returns>
    /// <exception cref="GuestCopyException">It was not copied.</exception>
    public (UnixFileMode? Mode, string Checksum) Get(string path, Stream destination, Action<long, long> progress)
    {
        string quoted = ShellQuote.Word(path);
        string about = Require(Do($"[ -d {quoted} ]&&exit {DirectoryCode};[ -r {quoted} ]||exit {MissingCode};wc -c <{quoted};stat -c %a {quoted} 2>/dev/null||echo -"), path);
        string[] facts = about.Split(default(char[]), StringSplitOptions.RemoveEmptyEntries);
        if (facts.Length < 2 || !long.TryParse(facts[0], NumberStyles.None, CultureInfo.InvariantCulture, out long length))
            throw new GuestCopyException(GuestCopyProblem.Refused, $"The guest does not tell how long '{path}' is: {about.Trim()}");

        for (int attempt = 1; ; attempt++)
        {
            destination.SetLength(0);
            using var checksum = new GuestChecksum();
            using var passing = new ChecksumStream(destination, checksum);
            string found = ChecksumOf(quoted, path);
            shell.Run(
                new GuestCommand($"cat {quoted}")
                {
                    OutputTo = passing,
                    MaximumOutputBytes = length + BlockBytes, // GUEST-CONTROLLED: a file that grows meanwhile, and a cat that never ends
                    Progress = arrived =>
                    {
                        patience.Renew();
                        if (length > 0) progress(Math.Min(arrived, length), length);
                    },
                },
                login,
                patience);
            if (checksum.Matches(found)) return (ModeOf(facts[1]), found);
            if (attempt == Attempts) throw new GuestCopyException(GuestCopyProblem.Corrupt, $"'{path}' did not arrive as the guest has it: {checksum.Length} bytes came, and its checksum is {found}.");
        }
    }

    /// <summary>Sends a stream into a file of the guest, and compares nothing.</summary>
    /// <param name="source">The bytes; it can seek.</param>
    /// <param name="part">The file, as a word of the shell.</param>
    /// <param name="passed">Is told of the bytes that the guest has.</param>
    /// <exception cref="GuestCopyException">The guest could not write it.</exception>
    internal void Send(Stream source, string part, Action<ReadOnlySpan<byte>> passed)
    {
        (int code, string said) = shell.Upload(source, part, login, patience, passed);
        if (code == 0) return;
        if (code != GuestUpload.NoTools) throw new GuestCopyException(GuestCopyProblem.Refused, $"The guest could not write it: {said.Trim()}");

        patience.Story("The guest has no stty or no head: the file goes through printf.");
        source.Position = 0;
        Require(Do($": >{part}"), part);
        byte[] piece = new byte[PieceBytes];
        while (source.ReadAtLeast(piece, piece.Length, throwOnEndOfStream: false) is > 0 and int count)
        {
            Require(Do($"printf {ShellQuote.Format(piece.AsSpan(0, count))} >>{part}"), part);
            passed(piece.AsSpan(0, count));
        }
    }

    /// <summary>Sends a stream into a file of the guest, and compares it.</summary>
    /// <returns>The checksum as the guest gave it.</returns>
    private string Send(Stream source, string part, string path, Action<long> progress)
    {
        for (int attempt = 1; ; attempt++)
        {
            source.Position = 0;
            using var checksum = new GuestChecksum();
            Send(source, part, block =>
            {
                checksum.Append(block);
                patience.Renew();
                progress(checksum.Length);
            });
            string found = ChecksumOf(part, path);
            if (checksum.Matches(found)) return found;
            if (attempt == Attempts) throw new GuestCopyException(GuestCopyProblem.Corrupt, $"'{path}' did not arrive as it was sent: the guest has the checksum {found}.");
        }
    }

    private static UnixFileMode? ModeOf(string octal)
    {
        int mode = 0;
        foreach (char digit in octal)
        {
            if (digit is < '0' or > '7' || octal.Length > 4) return null;
            mode = (mode << 3) | (digit - '0');
        }

        return (UnixFileMode)(mode & 0x1ff); // GUEST-CONTROLLED: no set-uid from a guest
    }

    /// <summary>Where the file goes, and the owner, group and mode of one that it replaces, as <c>0:0 644</c>, if the guest can tell.</summary>
    private (string Path, string? Replaced) Place(string name, string destination, bool overwrite)
    {
        string typed = ShellQuote.Word(destination);
        string inside = ShellQuote.Word($"{destination.TrimEnd('/')}/{name}");
        string exists = overwrite ? "[ -e \"$p\" ]&&stat -Lc '%u:%g %a' \"$p\" 2>/dev/null||echo" : $"[ -e \"$p\" ]&&exit {ExistsCode};echo";
        string said = Require(Do($"p={typed};[ -d \"$p\" ]&&p={inside};[ -d \"$p\" ]&&exit {DirectoryCode};{exists};echo \"$p\""), destination);
        int line = said.IndexOf('\n', StringComparison.Ordinal);
        string replaced = line < 0 ? "" : said[..line];
        return (said[(line + 1)..].TrimEnd('\n'), Ownership.IsMatch(replaced) ? replaced : null);
    }

    /// <summary>A name for the file until it is whole, in the same directory.</summary>
    private static string Beside(string path)
    {
        int name = path.LastIndexOf('/') + 1;
        return path[..name] + FileNames.Append(path[name..], $".{Encoding.ASCII.GetString(ShellNonce.Create().Word)}.part");
    }

    /// <summary>Gives a file the owner, group and mode of another one. An owner or a group that the guest's user may not give stays as it is.</summary>
    private static string TakeOwnership(string replaced, string part)
    {
        string[] facts = replaced.Split(' ');
        string group = facts[0][(facts[0].IndexOf(':', StringComparison.Ordinal) + 1)..];
        string mode = facts[1].Length > 3 ? facts[1][^3..] : facts[1]; // GUEST-CONTROLLED: no set-uid for new content
        return $"chown {facts[0]} {part} 2>/dev/null||chgrp {group} {part} 2>/dev/null;chmod {mode} {part};"; // the mode last: a change of owner takes bits away
    }

    private string ChecksumOf(string quoted, string path)
    {
        (_, string said) = Do(GuestChecksum.CommandFor(quoted));
        return GuestChecksum.Find(said) ?? throw new GuestCopyException(GuestCopyProblem.Refused, $"The guest gives no checksum of '{path}': {said.Trim()}");
    }

    /// <summary>GUEST-CONTROLLED: these words are typed.</summary>
    [GeneratedRegex(@"^[0-9]{1,10}:[0-9]{1,10} [0-7]{1,4}$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Ownership { get; }

    private (int Code, string Said) Do(string command)
    {
        patience.Renew();
        GuestAnswer answer = shell.Run(new GuestCommand(command), login, patience);
        return (answer.ExitCode, Encoding.UTF8.GetString(answer.Output));
    }

    /// <summary>What the guest said, if it did it.</summary>
    private static string Require((int Code, string Said) answer, string path) => answer.Code switch
    {
        0 => answer.Said,
        DirectoryCode => throw new GuestCopyException(GuestCopyProblem.IsDirectory, $"'{path}' is a directory in the guest."),
        MissingCode => throw new GuestCopyException(GuestCopyProblem.NotFound, $"There is no file '{path}' in the guest that can be read."),
        ExistsCode => throw new GuestCopyException(GuestCopyProblem.Exists, $"There is a file '{path}' in the guest already."),
        _ => throw new GuestCopyException(GuestCopyProblem.Refused, $"The guest refused it: {answer.Said.Trim()} (exit code {answer.Code})"),
    };
}
