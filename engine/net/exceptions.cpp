// SPDX-License-Identifier: BSL-1.0
#include "engine/net/exceptions.h"

namespace swb {

ArgumentException::ArgumentException(const std::string& message, std::string parameterName)
    : std::invalid_argument(message)
    , m_parameterName(std::move(parameterName))
{
}

ArgumentNullException::ArgumentNullException(std::string parameterName)
    : ArgumentException("The value may not be null: " + parameterName + ".", parameterName)
{
}

ArgumentOutOfRangeException::ArgumentOutOfRangeException(
    std::string parameterName, const std::string& message)
    : ArgumentException(
        message.empty() ? "The value is out of range: " + parameterName + "." : message,
        parameterName)
{
}

ObjectDisposedException::ObjectDisposedException(std::string objectName)
    : InvalidOperationException(objectName + " has been closed or disposed.")
    , m_objectName(std::move(objectName))
{
}

SocketException::SocketException(SocketError error, int nativeError, const std::string& message)
    : std::system_error(make_error_code(error), message)
    , m_error(error)
    , m_nativeError(nativeError, std::system_category())
{
}

FileNotFoundException::FileNotFoundException(std::string path)
    : FileNotFoundException(path, "The file '" + path + "' was not found.")
{
}

FileNotFoundException::FileNotFoundException(std::string path, const std::string& message)
    : std::runtime_error(message)
    , m_path(std::move(path))
{
}

DirectoryNotFoundException::DirectoryNotFoundException(std::string path)
    : FileNotFoundException(path, "A folder on the way to '" + path + "' was not found.")
{
}

UnauthorizedAccessException::UnauthorizedAccessException(
    std::string path, const std::string& reason, int nativeError)
    : std::runtime_error("The file '" + path + "' cannot be read: " + reason + ".")
    , m_path(std::move(path))
    , m_nativeError(nativeError, std::system_category())
{
}

FileIOException::FileIOException(std::string path, int nativeError)
    : std::system_error(
        nativeError, std::system_category(), "The file '" + path + "' cannot be opened")
    , m_path(std::move(path))
{
}

} // namespace swb
