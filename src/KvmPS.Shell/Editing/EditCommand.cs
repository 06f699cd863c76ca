namespace KvmPS.Shell.Editing;

/// <summary>What a key does.</summary>
internal enum EditCommand
{
    /// <summary>Nothing.</summary>
    None,

    /// <summary>Writes its character.</summary>
    Insert,

    /// <summary>Enters the text, or begins another line of it.</summary>
    Accept,

    /// <summary>Begins another line of the text.</summary>
    NewLine,

    /// <summary>Takes the line back.</summary>
    Cancel,

    /// <summary>Ends the input on an empty line, else deletes.</summary>
    EndOrDelete,

    /// <summary>Takes back a completion, a search, else the text.</summary>
    Escape,

    /// <summary>One character to the left.</summary>
    Left,

    /// <summary>One character to the right.</summary>
    Right,

    /// <summary>One word to the left.</summary>
    WordLeft,

    /// <summary>One word to the right.</summary>
    WordRight,

    /// <summary>To the beginning of the line.</summary>
    Home,

    /// <summary>To the end of the line.</summary>
    End,

    /// <summary>A line up, or to an older entry of the history.</summary>
    Up,

    /// <summary>A line down, or to a newer entry of the history.</summary>
    Down,

    /// <summary>To an older entry of the history.</summary>
    Older,

    /// <summary>To a newer entry of the history.</summary>
    Newer,

    /// <summary>Deletes the character before the caret.</summary>
    Backspace,

    /// <summary>Deletes the character at the caret.</summary>
    Delete,

    /// <summary>Cuts the word before the caret.</summary>
    CutWordLeft,

    /// <summary>Cuts what is between blanks before the caret.</summary>
    CutToBlank,

    /// <summary>Cuts the word at the caret.</summary>
    CutWordRight,

    /// <summary>Cuts to the beginning of the line.</summary>
    CutToStart,

    /// <summary>Cuts to the end of the line.</summary>
    CutToEnd,

    /// <summary>Writes what was cut last.</summary>
    Paste,

    /// <summary>Completes the word at the caret.</summary>
    Complete,

    /// <summary>Goes to the possibility before.</summary>
    CompleteBack,

    /// <summary>Searches the history, or the next older match.</summary>
    Search,

    /// <summary>The next newer match.</summary>
    SearchForward,

    /// <summary>Clears the screen.</summary>
    ClearScreen,
}
