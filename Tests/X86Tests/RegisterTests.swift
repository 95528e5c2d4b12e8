import Testing
@testable import X86

@Suite("Names and numbers of registers and exceptions")
struct RegisterTests {
  @Test("a register is named after its width, and only the new ones take a suffix")
  func generalRegisterNames() {
    #expect(GeneralRegister.name(0, width: 1) == "al")
    #expect(GeneralRegister.name(4, width: 1) == "spl")
    #expect(GeneralRegister.name(7, width: 2) == "di")
    #expect(GeneralRegister.name(5, width: 4) == "ebp")
    #expect(GeneralRegister.name(3, width: 8) == "rbx")
    #expect(GeneralRegister.name(9, width: 1) == "r9b")
    #expect(GeneralRegister.name(10, width: 2) == "r10w")
    #expect(GeneralRegister.name(15, width: 4) == "r15d")
    #expect(GeneralRegister.name(8, width: 8) == "r8")
    #expect(GeneralRegister.highByteName(2) == "dh")
  }

  @Test("exactly the exceptions of APM volume 2, table 8-1 push an error code")
  func errorCodes() {
    let pushing = ExceptionVector.allCases.filter(\.pushesErrorCode).map(\.rawValue)
    #expect(pushing == [8, 10, 11, 12, 13, 14, 17, 21, 29, 30])
  }
}
