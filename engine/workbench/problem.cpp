// SPDX-License-Identifier: BSL-1.0
#include "engine/workbench/problem.h"

#include "engine/net/exceptions.h"
#include "engine/workbench/problem_advice.h"

#include <cerrno>
#include <new>
#include <utility>

namespace swb::workbench {

namespace {

/// What stands between the operation and what it was about: "Connect to tcp://...".
std::string_view preposition(std::string_view operation)
{
    if (operation == "Connect" || operation.substr(0, 4) == "Send")
        return " to ";
    if (operation.substr(0, 7) == "Receive" || operation == "Disconnect")
        return " from ";
    if (operation == "Listen" || operation == "Accept" || operation == "Bind")
        return " on ";
    return " ";
}

/// An exception's text as a sentence: "Cannot open 'x'."
std::string sentence(std::string text)
{
    if (text.empty())
        return text;
    if (text.front() >= 'a' && text.front() <= 'z')
        text.front() = static_cast<char>(text.front() - 'a' + 'A');
    if (text.back() != '.' && text.back() != '!' && text.back() != '?')
        text += '.';
    return text;
}

void setNative(Problem& problem, int number)
{
    problem.nativeNumber = number;
    problem.nativeName = number != 0 ? nativeErrorName(number) : std::string();
}

Problem about(std::string_view operation, std::string_view subject, std::string errorName)
{
    Problem problem;
    problem.operation = operation;
    problem.subject = subject;
    problem.errorName = std::move(errorName);
    return problem;
}

Problem fileProblem(std::string_view operation, const std::string& path, std::string errorName,
    int native, std::string cause, std::string nextStep)
{
    // The path is what the user has to look at, so it takes the place of the end point.
    Problem problem = about("Open file", path, std::move(errorName));
    setNative(problem, native);
    problem.cause = std::move(cause);
    problem.nextStep = std::move(nextStep);
    if (!operation.empty() && operation != "Open file")
        problem.nextStep += " Nothing was sent; the queue is unchanged.";
    return problem;
}

std::string fileErrorCause(int native)
{
    switch (native) {
    case EMFILE:
    case ENFILE:
        return "Too many files are open.";
    case ENAMETOOLONG:
        return "The name is too long for the file system.";
    case ELOOP:
        return "The symbolic links on the way to the file go round in a circle.";
    case EIO:
        return "The disk could not read it.";
    default:
        return sentence(std::error_code(native, std::system_category()).message());
    }
}

std::string fileErrorNextStep(int native)
{
    switch (native) {
    case EMFILE:
    case ENFILE:
        return "Close connections or raise the limit of open files (ulimit -n).";
    case ENAMETOOLONG:
    case ELOOP:
        return "Check the path.";
    default:
        return "Check that the disk or share holding it is in order, then send again.";
    }
}

/// True when the exception was about a file; the problem is in `problem` then.
bool fromFileException(
    std::string_view operation, const std::exception& exception, Problem& problem)
{
    if (const auto* const noFolder = dynamic_cast<const DirectoryNotFoundException*>(&exception)) {
        problem = fileProblem(operation, noFolder->path(), "DirectoryNotFound", ENOENT,
            "A folder on the way to the file does not exist.",
            "Check the spelling of the folders, and where a relative path starts.");
    } else if (const auto* const noFile = dynamic_cast<const FileNotFoundException*>(&exception)) {
        problem = fileProblem(operation, noFile->path(), "FileNotFound", ENOENT,
            "There is no file of that name.",
            "Check the path, or put the file back and send again.");
    } else if (const auto* const denied
        = dynamic_cast<const UnauthorizedAccessException*>(&exception)) {
        problem = fileProblem(operation, denied->path(), "UnauthorizedAccess",
            denied->nativeError().value(), sentence(denied->what()),
            "Choose a regular file that you may read; folders and devices cannot be sent.");
    } else if (const auto* const failed = dynamic_cast<const FileIOException*>(&exception)) {
        const int native = failed->code().value();
        problem = fileProblem(operation, failed->path(), "FileIO", native, fileErrorCause(native),
            fileErrorNextStep(native));
    } else {
        return false;
    }
    return true;
}

struct Misuse {
    std::string name;
    std::string nextStep;
};

Misuse misuseOf(const std::exception& exception)
{
    if (dynamic_cast<const ArgumentOutOfRangeException*>(&exception) != nullptr)
        return {"ArgumentOutOfRange", "Correct the value and try again."};
    if (dynamic_cast<const ArgumentNullException*>(&exception) != nullptr)
        return {"ArgumentNull", "Fill in the missing value and try again."};
    if (dynamic_cast<const ArgumentException*>(&exception) != nullptr)
        return {"Argument", "Correct the value and try again."};
    if (dynamic_cast<const ObjectDisposedException*>(&exception) != nullptr)
        return {"ObjectDisposed", "Connect again; the socket was closed."};
    if (dynamic_cast<const InvalidOperationException*>(&exception) != nullptr)
        return {"InvalidOperation", "Wait until the running operation has ended, then try again."};
    if (dynamic_cast<const NotSupportedException*>(&exception) != nullptr)
        return {"NotSupported", "Check that the connection is up and of a kind that can do this."};
    if (dynamic_cast<const std::bad_alloc*>(&exception) != nullptr)
        return {"OutOfMemory", "Close connections or send less at once."};
    return {"Error", "Try again; if it stays, the message above says what the system reported."};
}

} // namespace

std::string Problem::toString() const
{
    std::string text = operation;
    if (!subject.empty()) {
        text += preposition(operation);
        text += subject;
    }
    text += " failed: " + errorName;
    std::string numbers = errorNumber != 0 ? std::to_string(errorNumber) : std::string();
    if (!nativeName.empty()) {
        if (!numbers.empty())
            numbers += ", ";
        numbers += nativeName;
        // An errno value without a symbol has its number for a name.
        if (nativeName != std::to_string(nativeNumber))
            numbers += ' ' + std::to_string(nativeNumber);
    }
    if (!numbers.empty())
        text += " (" + numbers + ")";
    text += '.';
    for (const std::string* const part : {&cause, &nextStep}) {
        if (!part->empty())
            text += ' ' + *part;
    }
    return text;
}

Problem problemFromResult(std::string_view operation, std::string_view subject, SocketError error,
    std::error_code nativeError)
{
    Problem problem = about(operation, subject, swb::toString(error));
    problem.errorNumber = static_cast<int>(error);
    setNative(problem, nativeError.value());
    const Advice advice = adviceFor(operation, subject, error, nativeError.value());
    problem.cause = advice.cause.empty() ? describe(error) : std::string(advice.cause);
    problem.nextStep = advice.nextStep;
    return problem;
}

Problem problemFromException(
    std::string_view operation, std::string_view subject, const std::exception& exception)
{
    if (const auto* const socket = dynamic_cast<const SocketException*>(&exception))
        return problemFromResult(operation, subject, socket->socketError(), socket->nativeError());
    Problem problem;
    if (fromFileException(operation, exception, problem))
        return problem;
    const Misuse misuse = misuseOf(exception);
    problem = about(operation, subject, misuse.name);
    if (const auto* const system = dynamic_cast<const std::system_error*>(&exception)) {
        if (system->code().category() == std::system_category()
            || system->code().category() == std::generic_category())
            setNative(problem, system->code().value());
    }
    problem.cause = sentence(exception.what());
    problem.nextStep = misuse.nextStep;
    return problem;
}

} // namespace swb::workbench
