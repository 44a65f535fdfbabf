/**
 * The stub for x86-64: a loop that reads the program's 64-byte instructions (src/stub/instruction.ts) and does the
 * system calls they name. It uses no stack, no heap and no libc, so it may run in a process that shares its memory.
 * After an edit of the instructions, `bun scripts/listing.ts` fills in the bytes.
 */
export const listing = `
start:
  48 89 e6                  mov %rsp,%rsi                   ; an image starts here: argc, argv and environment lie at the stack pointer
  bf 00 00 00 10            mov $0x10000000,%edi            ; and the program at its fixed address
run:
  48 8b 1f                  mov (%rdi),%rbx                 ; libc's clone starts here with the program's address; rbx: the slots
  48 89 73 08               mov %rsi,0x8(%rbx)              ; slot 1: the stack pointer of an image
  49 89 fd                  mov %rdi,%r13                   ; r13: the program; its header stands where instruction 0 would
  49 89 fc                  mov %rdi,%r12                   ; r12: the instruction being run
next:
  49 83 c4 40               add $0x40,%r12
fetch:
  45 0f b6 74 24 01         movzbl 0x1(%r12),%r14d          ; which arguments name a slot
  49 8b 7c 24 10            mov 0x10(%r12),%rdi             ; the six arguments, straight into the registers a system call wants
  41 f6 c6 01               test $0x1,%r14b
  74 04                     je arg1
  48 8b 3c fb               mov (%rbx,%rdi,8),%rdi
arg1:
  49 8b 74 24 18            mov 0x18(%r12),%rsi
  41 f6 c6 02               test $0x2,%r14b
  74 04                     je arg2
  48 8b 34 f3               mov (%rbx,%rsi,8),%rsi
arg2:
  49 8b 54 24 20            mov 0x20(%r12),%rdx
  41 f6 c6 04               test $0x4,%r14b
  74 04                     je arg3
  48 8b 14 d3               mov (%rbx,%rdx,8),%rdx
arg3:
  4d 8b 54 24 28            mov 0x28(%r12),%r10
  41 f6 c6 08               test $0x8,%r14b
  74 04                     je arg4
  4e 8b 14 d3               mov (%rbx,%r10,8),%r10
arg4:
  4d 8b 44 24 30            mov 0x30(%r12),%r8
  41 f6 c6 10               test $0x10,%r14b
  74 04                     je arg5
  4e 8b 04 c3               mov (%rbx,%r8,8),%r8
arg5:
  4d 8b 4c 24 38            mov 0x38(%r12),%r9
  41 f6 c6 20               test $0x20,%r14b
  74 04                     je op
  4e 8b 0c cb               mov (%rbx,%r9,8),%r9
op:
  41 0f b6 04 24            movzbl (%r12),%eax              ; the operation
  85 c0                     test %eax,%eax
  75 49                     jne other
  41 8b 44 24 08            mov 0x8(%r12),%eax              ; 0, syscall: the kernel changes rax, rcx and r11 only
  0f 05                     syscall
  41 0f b7 4c 24 02         movzwl 0x2(%r12),%ecx
  48 89 04 cb               mov %rax,(%rbx,%rcx,8)
  48 3d 01 f0 ff ff         cmp $0xfffffffffffff001,%rax    ; -4095 to -1 are errors
  0f 82 76 ff ff ff         jb next
  48 f7 d8                  neg %rax
  48 89 43 18               mov %rax,0x18(%rbx)             ; slot 3: the error number
  41 8b 4c 24 0c            mov 0xc(%r12),%ecx
  48 89 4b 10               mov %rcx,0x10(%rbx)             ; slot 2: which call of the plan it was
jump:
  41 8b 44 24 04            mov 0x4(%r12),%eax              ; where to go on; 0: the next instruction
  85 c0                     test %eax,%eax
  0f 84 59 ff ff ff         je next
  49 89 c4                  mov %rax,%r12
  49 c1 e4 06               shl $0x6,%r12
  4d 01 ec                  add %r13,%r12
  e9 4e ff ff ff            jmp fetch
other:
  41 89 c3                  mov %eax,%r11d
  48 89 f8                  mov %rdi,%rax
  89 f1                     mov %esi,%ecx
  41 83 fb 01               cmp $0x1,%r11d                  ; 1, add
  75 05                     jne op_sub
  48 01 f0                  add %rsi,%rax
  eb 41                     jmp store
op_sub:
  41 83 fb 02               cmp $0x2,%r11d                  ; 2, subtract
  75 05                     jne op_and
  48 29 f0                  sub %rsi,%rax
  eb 36                     jmp store
op_and:
  41 83 fb 03               cmp $0x3,%r11d                  ; 3, and
  75 05                     jne op_or
  48 21 f0                  and %rsi,%rax
  eb 2b                     jmp store
op_or:
  41 83 fb 04               cmp $0x4,%r11d                  ; 4, or
  75 05                     jne op_shl
  48 09 f0                  or %rsi,%rax
  eb 20                     jmp store
op_shl:
  41 83 fb 05               cmp $0x5,%r11d                  ; 5, shift left
  75 05                     jne op_shr
  48 d3 e0                  shl %cl,%rax
  eb 15                     jmp store
op_shr:
  41 83 fb 06               cmp $0x6,%r11d                  ; 6, shift right
  75 05                     jne op_load
  48 d3 e8                  shr %cl,%rax
  eb 0a                     jmp store
op_load:
  41 83 fb 07               cmp $0x7,%r11d                  ; 7, load 64 bits
  75 13                     jne op_jeq
  48 8b 04 37               mov (%rdi,%rsi,1),%rax
store:
  41 0f b7 4c 24 02         movzwl 0x2(%r12),%ecx
  48 89 04 cb               mov %rax,(%rbx,%rcx,8)
  e9 e7 fe ff ff            jmp next
op_jeq:
  41 83 fb 08               cmp $0x8,%r11d                  ; 8, jump if equal
  75 0e                     jne op_jb
  48 39 f7                  cmp %rsi,%rdi
  0f 84 72 ff ff ff         je jump
  e9 d3 fe ff ff            jmp next
op_jb:
  41 83 fb 09               cmp $0x9,%r11d                  ; 9, jump if below, both taken as unsigned
  75 0e                     jne op_store
  48 39 f7                  cmp %rsi,%rdi
  0f 82 5e ff ff ff         jb jump
  e9 bf fe ff ff            jmp next
op_store:
  48 89 14 37               mov %rdx,(%rdi,%rsi,1)          ; 10, store 64 bits
  e9 b6 fe ff ff            jmp next
`;
