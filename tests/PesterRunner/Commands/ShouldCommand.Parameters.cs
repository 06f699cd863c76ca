using System.Management.Automation;

namespace PesterRunner.Commands;

/// <summary>The parameters of <c>Should</c>: a switch for each operator, and what the operators take.</summary>
internal sealed partial class ShouldCommand
{
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? ActualValue { get; set; }

    [Parameter]
    public SwitchParameter Not { get; set; }

    [Parameter]
    [AllowNull]
    [AllowEmptyString]
    public string? Because { get; set; }

    [Parameter(ParameterSetName = nameof(Be), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeExactly), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeGreaterThan), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeGreaterOrEqual), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLessThan), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLessOrEqual), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLike), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeLikeExactly), Position = 0)]
    [Parameter(ParameterSetName = nameof(Match), Position = 0)]
    [Parameter(ParameterSetName = nameof(MatchExactly), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeOfType), Position = 0)]
    [Parameter(ParameterSetName = nameof(Contain), Position = 0)]
    [Parameter(ParameterSetName = nameof(HaveCount), Position = 0)]
    [Parameter(ParameterSetName = nameof(BeIn), Position = 0)]
    [Alias("RegularExpression", "ExpectedType")]
    [AllowNull]
    [AllowEmptyCollection]
    [AllowEmptyString]
    public object? ExpectedValue { get; set; }

    [Parameter(ParameterSetName = nameof(Be), Mandatory = true)]
    [Alias("EQ")]
    public SwitchParameter Be { get; set; }

    [Parameter(ParameterSetName = nameof(BeExactly), Mandatory = true)]
    [Alias("CEQ")]
    public SwitchParameter BeExactly { get; set; }

    [Parameter(ParameterSetName = nameof(BeGreaterThan), Mandatory = true)]
    [Alias("GT")]
    public SwitchParameter BeGreaterThan { get; set; }

    [Parameter(ParameterSetName = nameof(BeGreaterOrEqual), Mandatory = true)]
    [Alias("GE")]
    public SwitchParameter BeGreaterOrEqual { get; set; }

    [Parameter(ParameterSetName = nameof(BeLessThan), Mandatory = true)]
    [Alias("LT")]
    public SwitchParameter BeLessThan { get; set; }

    [Parameter(ParameterSetName = nameof(BeLessOrEqual), Mandatory = true)]
    [Alias("LE")]
    public SwitchParameter BeLessOrEqual { get; set; }

    [Parameter(ParameterSetName = nameof(BeLike), Mandatory = true)]
    public SwitchParameter BeLike { get; set; }

    [Parameter(ParameterSetName = nameof(BeLikeExactly), Mandatory = true)]
    public SwitchParameter BeLikeExactly { get; set; }

    [Parameter(ParameterSetName = nameof(Match), Mandatory = true)]
    public SwitchParameter Match { get; set; }

    [Parameter(ParameterSetName = nameof(MatchExactly), Mandatory = true)]
    public SwitchParameter MatchExactly { get; set; }

    [Parameter(ParameterSetName = nameof(BeOfType), Mandatory = true)]
    [Alias("HaveType")]
    public SwitchParameter BeOfType { get; set; }

    [Parameter(ParameterSetName = nameof(Contain), Mandatory = true)]
    public SwitchParameter Contain { get; set; }

    [Parameter(ParameterSetName = nameof(HaveCount), Mandatory = true)]
    public SwitchParameter HaveCount { get; set; }

    [Parameter(ParameterSetName = nameof(BeIn), Mandatory = true)]
    public SwitchParameter BeIn { get; set; }

    [Parameter(ParameterSetName = nameof(BeTrue), Mandatory = true)]
    public SwitchParameter BeTrue { get; set; }

    [Parameter(ParameterSetName = nameof(BeFalse), Mandatory = true)]
    public SwitchParameter BeFalse { get; set; }

    [Parameter(ParameterSetName = nameof(BeNullOrEmpty), Mandatory = true)]
    public SwitchParameter BeNullOrEmpty { get; set; }

    [Parameter(ParameterSetName = nameof(Exist), Mandatory = true)]
    public SwitchParameter Exist { get; set; }

    [Parameter(ParameterSetName = nameof(Throw), Mandatory = true)]
    public SwitchParameter Throw { get; set; }

    [Parameter(ParameterSetName = nameof(Throw), Position = 0)]
    public string? ExpectedMessage { get; set; }

    [Parameter(ParameterSetName = nameof(Throw), Position = 1)]
    public string? ErrorId { get; set; }

    [Parameter(ParameterSetName = nameof(Throw), Position = 2)]
    public Type? ExceptionType { get; set; }

    [Parameter(ParameterSetName = nameof(Throw))]
    public SwitchParameter PassThru { get; set; }
}
