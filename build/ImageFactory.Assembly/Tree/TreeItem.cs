namespace ImageFactory.Assembly.Tree;

/// <param name="Path">Absolute, as <c>/usr/bin/env</c>; the root is <c>/</c>.</param>
/// <param name="Entry">What the name stands for.</param>
/// <param name="FirstName">For a further name of an entry that was already met: its first name in the order of the walk.</param>
internal sealed record TreeItem(string Path, TreeEntry Entry, string? FirstName);
