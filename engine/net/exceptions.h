// SPDX-License-Identifier: BSL-1.0
/// The exceptions of the socket model. They are thrown from the call, before anything has happened,
/// and leave every object reusable (CONTRACT EXC-12). What the network does is never an exception
/// but a SocketError in the args.
#pragma once

#include "engine/net/socket_error.h"

#include <stdexcept>
#include <string>
#include <system_error>

namespace swb {

/// An argument, or a property of the args, is not usable. `parameterName()` may be empty.
class ArgumentException : public std::invalid_argument {
public:
    explicit ArgumentException(const std::string& message, std::string parameterName = {});
    const std::string& parameterName() const noexcept { return m_parameterName; }

private:
    std::string m_parameterName;
};

class ArgumentNullException : public ArgumentException {
public:
    explicit ArgumentNullException(std::string parameterName);
};

class ArgumentOutOfRangeException : public ArgumentException {
public:
    explicit ArgumentOutOfRangeException(
        std::string parameterName, const std::string& message = {});
};

/// The object's state does not allow the call, for example args that are busy (EXC-03).
class InvalidOperationException : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// The socket was closed or the args disposed (EXC-05).
class ObjectDisposedException : public InvalidOperationException {
public:
    explicit ObjectDisposedException(std::string objectName);
    const std::string& objectName() const noexcept { return m_objectName; }

private:
    std::string m_objectName;
};

class NotSupportedException : public std::logic_error {
public:
    using std::logic_error::logic_error;
};

/// A socket error that the call reports by throwing (EXC-09, EXC-10, EXC-13).
class SocketException : public std::system_error {
public:
    /// `nativeError` is an errno value, 0 when the operating system was not asked.
    explicit SocketException(
        SocketError error, int nativeError = 0, const std::string& message = {});
    SocketError socketError() const noexcept { return m_error; }
    /// The WSA number of the error, as .NET's ErrorCode on Windows.
    int errorCode() const noexcept { return static_cast<int>(m_error); }
    std::error_code nativeError() const noexcept { return m_nativeError; }

private:
    SocketError m_error;
    std::error_code m_nativeError;
};

/// A file named by a SendPacketsElement does not exist (EXC-11).
class FileNotFoundException : public std::runtime_error {
public:
    explicit FileNotFoundException(std::string path);
    const std::string& path() const noexcept { return m_path; }

protected:
    FileNotFoundException(std::string path, const std::string& message);

private:
    std::string m_path;
};

/// A folder on the way to the file does not exist (D-13).
class DirectoryNotFoundException : public FileNotFoundException {
public:
    explicit DirectoryNotFoundException(std::string path);
};

/// The file may not be read by this process, or is a directory (FILE-08).
class UnauthorizedAccessException : public std::runtime_error {
public:
    /// `nativeError` is an errno value: EACCES, EPERM, or EISDIR for a directory.
    UnauthorizedAccessException(std::string path, const std::string& reason, int nativeError = 0);
    const std::string& path() const noexcept { return m_path; }
    std::error_code nativeError() const noexcept { return m_nativeError; }

private:
    std::string m_path;
    std::error_code m_nativeError;
};

/// The file could not be opened for another reason: too many open files, name too long, I/O error
/// (FILE-08).
class FileIOException : public std::system_error {
public:
    FileIOException(std::string path, int nativeError);
    const std::string& path() const noexcept { return m_path; }

private:
    std::string m_path;
};

} // namespace swb
